import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
KIT = PACKAGE.parent / "topic-conformance"


def run_pytest(folder, *arguments):
    """Runs pytest with the plugin in a folder, as in a program's repository."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(folder)]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "trading_topic.pytest_plugin", "-q", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def configure(folder, *lines):
    (folder / "pytest.ini").write_text("\n".join(["[pytest]", *lines]))


def test_runs_all_vectors_that_python_supports(tmp_path):
    configure(tmp_path, f"trading_conformance_kit = {KIT}")
    result = run_pytest(tmp_path, "--trading-conformance")
    assert result.returncode == 0, result.stdout + result.stderr
    assert int(result.stdout.split()[-4]) > 3_500


def test_finds_the_kit_in_node_modules_of_a_folder_above(tmp_path):
    modules = tmp_path / "node_modules" / "@trading"
    modules.mkdir(parents=True)
    (modules / "topic-conformance").symlink_to(KIT)
    (tmp_path / "backend").mkdir()
    configure(tmp_path / "backend")
    result = run_pytest(tmp_path / "backend", "--trading-conformance", "-k", "table-0007")
    assert "1 passed" in result.stdout, result.stdout + result.stderr


def test_reports_what_differs_and_why(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import json\n"
        "def build_topic_params(value): return json.dumps(value, ensure_ascii=False, separators=(',', ':'))\n"
        "def build_topic(route, params): return f'{route}:{build_topic_params(params)}'\n"
    )
    configure(tmp_path, f"trading_conformance_kit = {KIT}", "trading_conformance_module = mine")
    result = run_pytest(tmp_path, "--trading-conformance", "-k", "table-0007 or parse-0001")
    assert result.returncode == 1
    assert "1 failed" in result.stdout
    assert "expected  8 characters: '\"\\\\u007f\"'" in result.stdout
    assert "table-0007: " in result.stdout


def test_without_the_option_no_vector_runs_and_without_the_kit_it_fails(tmp_path):
    configure(tmp_path)
    assert "no tests ran" in run_pytest(tmp_path).stdout
    result = run_pytest(tmp_path, "--trading-conformance")
    assert result.returncode == 4
    assert "Run npm install --save-dev @trading/topic-conformance" in result.stderr


def use_kit_without_vectors(folder, program):
    """Writes a kit whose command is a program of the test."""
    kit = folder / "kit"
    for name in ("vectors", "python", "bin"):
        (kit / name).mkdir(parents=True)
    (kit / "vectors" / "manifest.json").write_text("{}")
    (kit / "python" / "tagged.py").write_text("HOST_FEATURES = []")
    (kit / "bin" / "topic-conformance.js").write_text(program)
    configure(folder, "trading_conformance_kit = kit")


def test_tests_a_running_server_with_the_command_of_the_kit(tmp_path):
    use_kit_without_vectors(
        tmp_path, "console.log(process.argv.slice(2).join(' ')); process.exit(process.argv.length > 6 ? 1 : 0)"
    )
    arguments = ["--trading-conformance", "--trading-conformance-url", "ws://127.0.0.1:1"]
    assert "1 passed" in run_pytest(tmp_path, *arguments).stdout
    failed = run_pytest(tmp_path, *arguments, "--trading-conformance-control", "http://127.0.0.1:2").stdout
    assert "1 failed" in failed
    assert "\nwire server --url ws://127.0.0.1:1 --control http://127.0.0.1:2\n" in failed


def test_starts_an_app_for_the_command_of_the_kit(tmp_path):
    use_kit_without_vectors(
        tmp_path,
        "const url = process.argv[process.argv.indexOf('--url') + 1];"
        "fetch(url.replace('ws:', 'http:')).then(async (reply) => {"
        "  console.log(new URL(url).pathname, await reply.text()); process.exitCode = 1; });",
    )
    (tmp_path / "backend.py").write_text(
        "from fastapi import FastAPI\n"
        "app = FastAPI()\n"
        "@app.get('/stream')\n"
        "def stream(): return 'from the app'\n"
    )
    arguments = ["--trading-conformance", "--trading-conformance-app", "backend:app"]
    failed = run_pytest(tmp_path, *arguments, "--trading-conformance-url", "/stream").stdout
    assert '\n/stream "from the app"\n' in failed, failed
    assert "/api/v1/ws" in run_pytest(tmp_path, *arguments).stdout
    missing = run_pytest(tmp_path, "--trading-conformance", "--trading-conformance-app", "nothing:app").stdout
    assert 'Could not import module "nothing"' in missing, missing
