# shellcheck shell=bash
# Brings a browser for the end-to-end tests where the host has none. Sourced by script/setup after python.sh.
#
# Like Python, it comes from Debian's archive into the user's cache: without root, and with its own libraries
# and fonts, so that the host is left as it is. tests/e2e looks in the same places, in the same order.

readonly BROWSERS=(chromium chromium-browser google-chrome google-chrome-stable)
readonly OWN_BROWSER="$CACHE/browser/chromium"

has_browser() {
  [[ -n "${CHROMIUM:-}" || -x "$OWN_BROWSER" ]] || command -v "${BROWSERS[@]}" >/dev/null 2>&1
}

browser_from_debian() {
  local target=$1 work="$CACHE/tmp/browser" root="$CACHE/tmp/browser/root" program libraries
  rm -rf "$work"
  mkdir -p "$work" "$root"
  prepare_apt_state "$work/apt" stable || return 1
  private_apt "$work/apt" apt-get update || return 1
  # Nothing counts as installed there: all that it depends on comes along, down to the C library.
  private_apt "$work/apt" apt-get install --yes --download-only --no-install-recommends chromium-headless-shell ||
    return 1
  unpack_debs "$work/apt/cache/archives" "$root" || return 1
  program=$(cd "$root" && find usr/lib/chromium -name '*headless*shell' -type f | head -n 1)
  [[ -n "$program" ]] || return 1
  point_at_own_libraries "$root" "$target" "$root/$program" || return 1
  # Some of its libraries look for theirs at fixed places, which are the host's: this is looked at before those.
  libraries=$(cd "$root" && find "usr/lib/$(triplet_of .)" -maxdepth 2 -name 'lib*.so*' -printf "$target/%h\n" |
    sort -u | paste -sd :)
  cat >"$root/fonts.conf" <<-END || return 1
	<?xml version="1.0"?>
	<fontconfig><dir>$target/usr/share/fonts</dir><cachedir>$target/fontcache</cachedir></fontconfig>
	END
  cat >"$root/chromium" <<-END || return 1
	#!/bin/sh
	export FONTCONFIG_FILE='$target/fonts.conf' LD_LIBRARY_PATH='$libraries'
	exec '$target/$program' "\$@"
	END
  chmod +x "$root/chromium"
  rm -rf "$target"
  mv "$root" "$target" || return 1
  rm -rf "$work"
  timeout 60 "$target/chromium" --headless --no-sandbox --disable-gpu --dump-dom about:blank </dev/null
}

find_browser() {
  local log="$CACHE/log/browser.log"
  if has_browser; then return; fi
  say "Bringing Chromium from Debian's archive, for the end-to-end tests"
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1 ||
    ! browser_from_debian "$(dirname "$OWN_BROWSER")" >"$log" 2>&1; then
    rm -rf "$(dirname "$OWN_BROWSER")"
    say "It could not be brought: install chromium, or the tests in a browser are left out"
  fi
}
