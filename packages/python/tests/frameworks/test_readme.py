import doctest
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
README = (PACKAGE / "README.md").read_text("utf-8")


def test_the_examples_print_what_the_readme_shows():
    results = doctest.testfile(str(PACKAGE / "README.md"), module_relative=False, encoding="utf-8")
    assert results.attempted > 10
    assert results.failed == 0


def test_the_programs_run():
    programs = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        namespace = {"__name__": "readme"}
        exec(compile(program, "README.md", "exec"), namespace)
        assert "app" in namespace


def test_the_wheel_is_built_without_network_access(tmp_path):
    command = "pip wheel --no-index --no-deps ."
    assert command in README
    arguments = [*command.split(), "--wheel-dir", str(tmp_path), "--quiet"]
    subprocess.run([sys.executable, "-m", *arguments], cwd=PACKAGE, check=True)
    assert [wheel.name for wheel in tmp_path.glob("*.whl")] == ["trading_topic-0.1.0-py3-none-any.whl"]
