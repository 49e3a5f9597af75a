#!/bin/sh
# Build the wheel, install it without the checkout, and start it in an empty folder.
set -eu
python=$("$PYTHON" -c 'import sys; print(sys.executable)')
checkout=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m build --wheel --outdir "$work/dist" "$checkout" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/site" "$work"/dist/*.whl
mkdir "$work/empty"
cd "$work/empty"
export PYTHONPATH="$work/site"
"$python" -c "import kg_fashion, sys; assert kg_fashion.__file__.startswith('$work'), kg_fashion.__file__"
"$python" -m kg_fashion --version
"$python" -m kg_fashion load --store shop --boutique
"$python" -m kg_fashion query --store shop 'SELECT (COUNT(?g) AS ?garments) WHERE { ?g kgf:season kgf:Winter }'
echo "the wheel starts"
