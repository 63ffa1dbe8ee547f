#!/bin/sh
# Sets up a fresh checkout: node packages, the build, and a Redis where there is none. Quick when there is nothing to do.
# Installs nothing outside this folder, unless the system's package manager is the only way to a Redis, and starts no service.
# Takes which of redis, python and nginx to provide; without, all of them.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'set-up  %-9s %s\n' "$1" "$2" >&2; }
fail() {
  printf 'set-up  %s\n' "$@" >&2
  exit 3
}

check_node() {
  command -v node >/dev/null 2>&1 || fail "there is no Node.js here; bench needs 20.19 or newer: https://nodejs.org"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node $(node --version) is too old; bench needs 20.19 or newer: https://nodejs.org"
}

# node_modules/.setup names the lockfile that the packages were installed from.
install_packages() {
  stamp=$(cksum <package-lock.json)
  if [ "$(cat node_modules/.setup 2>/dev/null)" = "$stamp" ]; then return; fi
  say packages 'installing (npm ci)'
  npm ci --include=dev --no-audit --no-fund --loglevel=error >&2
  printf '%s\n' "$stamp" >node_modules/.setup
}

build() {
  if [ -f dist/.built ] && [ -z "$(find src scenarios bench tsconfig*.json package.json package-lock.json -newer dist/.built -type f | head -n 1)" ]; then return; fi
  say build 'compiling (tsc)'
  npm run --silent build >&2
  touch dist/.built
}

# `npx bench` looks into node_modules/.bin; a checkout's own command is not there by itself.
link_command() {
  chmod +x bin/bench
  ln -sf ../../bin/bench node_modules/.bin/bench
}

has_redis() {
  command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1 ||
    { [ -x .redis/redis-server ] && .redis/redis-server --version >/dev/null 2>&1; }
}

# Downloads what is missing of some packages, and of all that they need, and unpacks it into a folder: no root, no service.
unpack_packages() {
  into=$1
  shift
  command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || return 1
  missing=$(apt-get -s install --no-install-recommends "$@" 2>/dev/null | awk '/^Inst/ { print $2 }')
  [ -n "$missing" ] || return 1
  mkdir -p "$into"
  # shellcheck disable=SC2086 # a list of package names
  (cd "$into" && apt-get download -q $missing >/dev/null 2>&1) || return 1
  for package in "$into"/*.deb; do dpkg -x "$package" "$into/root" || return 1; done
  rm -f "$into"/*.deb
}

# Puts a finished folder in the place of an earlier one, or removes a failed one.
keep_if() {
  work=$1
  place=$2
  shift 2
  if "$@" >/dev/null 2>&1; then
    rm -rf "$place"
    mv "$work" "$place"
    return 0
  fi
  rm -rf "$work"
  return 1
}

unpack_redis() {
  work=$(mktemp -d "$PWD/.redis-XXXXXX")
  if unpack_packages "$work" redis-server; then
    libraries=$(find "$work/root" -name '*.so*' -exec dirname {} \; | sort -u | sed "s|^$work|\$here|" | paste -sd: -)
    cat >"$work/redis-server" <<WRAPPER
#!/bin/sh
# Runs the redis-server that set-up has unpacked beside this file.
here=\$(cd "\$(dirname "\$0")" && pwd)
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$here/root/usr/bin/redis-server" "\$@"
WRAPPER
    chmod 755 "$work" "$work/redis-server"
  fi
  keep_if "$work" .redis "$work/redis-server" --version
}

# Django Channels, its layers, and two servers that run it: the interop tests, and --server daphne and uvicorn. Those tests
# also need a reader of OpenMetrics.
PYTHON=/usr/bin/python3
python_layers() { PYTHONPATH="$1/root/usr/lib/python3/dist-packages" "$PYTHON" -c 'import channels.layers, channels_redis.core, channels_redis.pubsub, cryptography.fernet, daphne.server, uvicorn, websockets, prometheus_client.openmetrics.parser'; }

unpack_python() {
  work=$(mktemp -d "$PWD/.python-XXXXXX")
  chmod 755 "$work"
  unpack_packages "$work" python3-channels-redis python3-django-channels python3-cryptography daphne python3-uvicorn python3-websockets python3-prometheus-client || true
  # As installing them would: else every start compiles them anew, where Python may not write.
  "$PYTHON" -m compileall -qq "$work/root/usr/lib/python3/dist-packages" || true
  keep_if "$work" .python python_layers "$work"
}

provide_python() {
  if python_layers "$PWD/.python" >/dev/null 2>&1; then return; fi
  say python 'unpacking Django Channels, Daphne and Uvicorn into .python/'
  if unpack_python || { refresh_lists && unpack_python; }; then return; fi
  say python 'not found: the interop tests, --server daphne and --server uvicorn need python3-channels-redis,'
  say python 'python3-django-channels, python3-cryptography, daphne, python3-uvicorn, python3-websockets and'
  say python 'python3-prometheus-client of Debian or Ubuntu'
}

# Java's HdrHistogram, for the interop tests: it reads what `bench export --format hlog` writes.
java_histograms() { [ -x "$1/java" ] && "$1/java" org.HdrHistogram.HistogramLogProcessor -i /dev/null; }

unpack_java() {
  work=$(mktemp -d "$PWD/.java-XXXXXX")
  runtime=$(command -v java >/dev/null 2>&1 || echo default-jre-headless)
  # shellcheck disable=SC2086 # none where there is a Java
  if unpack_packages "$work" libhdrhistogram-java $runtime; then
    # A Java that is unpacked would look for its configuration in /etc.
    find "$work/root" -path '*/jvm/*' -type l -lname '/etc/*' | while read -r link; do
      target=$work/root$(readlink "$link")
      if [ -f "$target" ]; then cp --remove-destination "$target" "$link"; fi
    done
    cat >"$work/java" <<'WRAPPER'
#!/bin/sh
# Runs Java with the HdrHistogram that set-up has unpacked beside this file.
here=$(cd "$(dirname "$0")" && pwd)
java=$(find "$here/root/usr/lib/jvm" -path '*/bin/java' 2>/dev/null | head -n 1)
exec "${java:-java}" -cp "$here/root/usr/share/java/hdrhistogram.jar" "$@"
WRAPPER
    chmod 755 "$work" "$work/java"
  fi
  keep_if "$work" .java java_histograms "$work"
}

provide_java() {
  if java_histograms "$PWD/.java" >/dev/null 2>&1; then return; fi
  say java 'unpacking HdrHistogram into .java/'
  if unpack_java || { refresh_lists && unpack_java; }; then return; fi
  say java 'not found: one interop test needs libhdrhistogram-java and default-jre-headless of Debian or Ubuntu'
}

# Something to put before the servers: --proxy nginx.
has_nginx() {
  [ -x /usr/sbin/nginx ] || { [ -x .nginx/nginx ] && .nginx/nginx -v >/dev/null 2>&1; }
}

unpack_nginx() {
  work=$(mktemp -d "$PWD/.nginx-XXXXXX")
  if unpack_packages "$work" nginx-light; then
    libraries=$(find "$work/root" -name '*.so*' -exec dirname {} \; | sort -u | sed "s|^$work|\$here|" | paste -sd: -)
    cat >"$work/nginx" <<WRAPPER
#!/bin/sh
# Runs the nginx that set-up has unpacked beside this file.
here=\$(cd "\$(dirname "\$0")" && pwd)
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$here/root/usr/sbin/nginx" "\$@"
WRAPPER
    chmod 755 "$work" "$work/nginx"
  fi
  keep_if "$work" .nginx "$work/nginx" -v
}

provide_nginx() {
  if has_nginx; then return; fi
  say nginx 'unpacking one into .nginx/, for --proxy nginx'
  if unpack_nginx || { refresh_lists && unpack_nginx; }; then return; fi
  say nginx 'not found: --proxy nginx needs the package nginx-light of Debian or Ubuntu'
}

# Something to open HTML reports with, as a person would: the browser tests.
has_browser() {
  command -v chromium >/dev/null 2>&1 || command -v chromium-headless-shell >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
    { [ -x .chromium/chromium ] && .chromium/chromium --version >/dev/null 2>&1; }
}

unpack_browser() {
  work=$(mktemp -d "$PWD/.chromium-XXXXXX")
  if unpack_packages "$work" chromium-headless-shell fonts-dejavu-core; then
    libraries=$(find "$work/root" -name '*.so*' -exec dirname {} \; | sort -u | sed "s|^$work|\$here|" | paste -sd: -)
    cat >"$work/fonts.conf" <<FONTS
<?xml version="1.0"?>
<fontconfig><dir>$PWD/.chromium/root/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$PWD/.chromium/fonts</cachedir></fontconfig>
FONTS
    cat >"$work/chromium" <<WRAPPER
#!/bin/sh
# Runs the headless browser that set-up has unpacked beside this file.
here=\$(cd "\$(dirname "\$0")" && pwd)
export FONTCONFIG_FILE="\$here/fonts.conf"
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$here/root/usr/lib/chromium/chromium-headless-shell" "\$@"
WRAPPER
    chmod 755 "$work" "$work/chromium"
  fi
  keep_if "$work" .chromium "$work/chromium" --version
}

provide_browser() {
  if has_browser; then return; fi
  say browser 'unpacking a headless Chromium into .chromium/, for the browser tests'
  if unpack_browser || { refresh_lists && unpack_browser; }; then return; fi
  say browser 'not found: the browser tests need the package chromium-headless-shell of Debian, or a Chromium on the PATH'
}

# The last resort. A policy of our own, for the time of the installation, keeps the service from being started.
install_redis() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT INT TERM
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends redis-server >&2 && has_redis
}

refresh_lists() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  say packages 'refreshing the package lists (apt-get update)'
  apt-get update -q >/dev/null 2>&1
}

provide_redis() {
  if has_redis; then return; fi
  if [ -n "${LAYERBENCH_REDIS_URL:-}" ]; then
    say redis 'none on this machine; using LAYERBENCH_REDIS_URL'
    return
  fi
  say redis 'unpacking one from the system packages into .redis/'
  if unpack_redis || { refresh_lists && unpack_redis; } || install_redis; then return; fi
  fail 'there is no redis-server or valkey-server on this machine, and none could be unpacked. Install one:' \
    '  Debian, Ubuntu   sudo apt-get install redis-server' \
    '  Fedora           sudo dnf install valkey' \
    '  macOS            brew install redis' \
    'or run one and name it:' \
    '  docker compose --profile redis7 up -d && export LAYERBENCH_REDIS_URL=redis://127.0.0.1:6387'
}

check_node
install_packages
build
[ $# -gt 0 ] || set -- redis python java nginx browser
for part in "$@"; do "provide_$part"; done
link_command
