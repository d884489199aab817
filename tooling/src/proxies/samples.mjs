import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/**
 * A server behind a proxy.
 *
 * @typedef {{ readonly port: number, readonly metricsPort: number }} Upstream
 */

/**
 * The paths of a proxy that runs in a separate folder: it listens on a Unix socket, so that no port has to be free.
 *
 * @typedef {{ readonly folder: string, readonly socket: string, readonly config: string }} Place
 */

/** @typedef {"nginx" | "haproxy" | "caddy"} ProxyName */

const FILES = { nginx: "nginx.conf", haproxy: "haproxy.cfg", caddy: "Caddyfile" };

/** Returns the text of a proxy's file in `deploy`. @param {ProxyName} name */
export const sample = (name) => readFileSync(join(root, "deploy", FILES[name]), "utf8");

/** @param {string} text @param {RegExp} pattern @param {string} by */
function replaced(text, pattern, by) {
  if (!pattern.test(text)) throw new Error(`The sample does not contain ${pattern}: change the test with it`);
  return text.replace(pattern, () => by);
}

/**
 * The samples of `deploy` as they run here: without TLS, on a Unix socket, in front of the given servers. Everything else is
 * the sample's. `run` and `check` are the arguments that run the proxy in the foreground, and that check the configuration only.
 *
 * @type {Record<ProxyName, {
 *   configure(text: string, place: Place, upstreams: readonly Upstream[]): string,
 *   run(place: Place): readonly string[],
 *   check(place: Place): readonly string[],
 * }>}
 */
export const PROXIES = {
  nginx: {
    configure(text, { folder, socket }, upstreams) {
      const servers = upstreams.map(({ port }) => `server 127.0.0.1:${port} max_fails=0;`).join("\n");
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      let config = replaced(text, /^pid .*$/m, `pid ${folder}/pid;\ndaemon off;\nerror_log ${folder}/error.log;`);
      config = replaced(config, /^worker_rlimit_nofile .*$/m, "");
      config = replaced(config, /worker_connections \d+;/, "worker_connections 1024;");
      config = replaced(config, /include \/etc\/nginx\/mime.types;/, `access_log off;\n${temporary.join("\n")}`);
      config = replaced(config, /server 127\.0\.0\.1:8000 max_fails=0;/, servers);
      config = replaced(config, /^ {4}server \{\n {8}listen 80;[^}]*\}$/m, "");
      config = replaced(config, /listen 443 ssl;/, `listen unix:${socket};`);
      return replaced(config, /listen \[::\]:443 ssl;/, "").replace(/^\s*ssl_\w+ .*$/gm, "");
    },
    run: ({ folder, config }) => ["-e", join(folder, "error.log"), "-p", folder, "-c", config],
    check: (place) => [...PROXIES.nginx.run(place), "-t"],
  },
  haproxy: {
    configure(text, { socket }, upstreams) {
      const servers = upstreams.map(({ port, metricsPort }, index) => {
        return `    server trading-${index + 1} 127.0.0.1:${port} port ${metricsPort}`;
      });
      let config = replaced(text, /maxconn \d+/, "maxconn 1000");
      config = replaced(config, /^ {4}bind :80$/m, "");
      config = replaced(config, /^ {4}bind :443 .*$/m, `    bind unix@${socket}`);
      config = replaced(config, /^ {4}http-request redirect scheme .*$/m, "");
      return replaced(config, /^ {4}server trading-1 .*$/m, servers.join("\n"));
    },
    run: ({ config }) => ["-db", "-f", config],
    check: ({ config }) => ["-c", "-f", config],
  },
  caddy: {
    configure(text, { folder, socket }, upstreams) {
      const servers = upstreams.map(({ port }) => `127.0.0.1:${port}`).join(" ");
      let config = replaced(text, /^\{$/m, `{\n\tadmin off\n\tstorage file_system ${folder}/data`);
      config = replaced(config, /^trading\.example\.com \{$/m, `http://trading.example.com {\n\tbind unix/${socket}`);
      return replaced(config, /reverse_proxy 127\.0\.0\.1:8000 \{/, `reverse_proxy ${servers} {`);
    },
    run: ({ config }) => ["run", "--adapter", "caddyfile", "--config", config],
    check: ({ config }) => ["validate", "--adapter", "caddyfile", "--config", config],
  },
};
