#!/usr/bin/env bash
# The bundle of the built program: small, without a trace of this machine, and able to run where nothing else is installed. The
# last part needs an own root folder (chroot as root, or a user namespace); without one it says so.
set -u
binary=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; tail -n 20 "$work/log" 2>/dev/null; exit 1; }
try() { "$@" >"$work/log" 2>&1 || fail "exit code $?: $*"; }
shows() { grep -qE -- "$1" "$work/log" || fail "nothing matches '$1'"; }

for tool in ompi_info dpkg-query strip; do
  command -v $tool >/dev/null || { echo "skipped: no $tool; the bundle is made on Debian with Open MPI"; exit 77; }
done
try "$source_dir/tools/bundle.sh" --binary "$binary" --output "$work/made"
bytes=$(du -sb "$work/made" | cut -f1)
[ "$bytes" -lt $((60 * 1048576)) ] || fail "$bytes bytes"
echo "ok   $((bytes / 1048576)) MiB"
torch=$(dirname "$(dirname "$(ldd "$binary" | awk '/libc10\.so / {print $3}')")")
site=$(dirname "$(realpath "$torch")")
found=$(find "$work/made" -type f \( -name '*.so*' -o -path '*/bin/*' \) -exec readelf -d {} + 2>/dev/null | grep -E 'R(UN)?PATH')
[ -z "$found" ] || fail "a search path of this machine is left: $found"
mkdir "$work/other" && touch "$work/other/precious"
"$source_dir/tools/bundle.sh" --binary "$binary" --output "$work/other" >"$work/log" 2>&1 && fail "replaced a folder that is no bundle"
[ -e "$work/other/precious" ] || fail "emptied a folder that is no bundle"

# Moved to a folder with a space in its name, called from elsewhere with a bare environment.
mkdir "$work/moved here" && mv "$work/made" "$work/moved here/bundle"
bundle="$work/moved here/bundle"
cd /
bare=(env -i PATH=/usr/bin:/bin HOME=/nowhere OMP_NUM_THREADS=1)
try "${bare[@]}" TORCH_ROOT="$torch" "$bundle/dinobench" info
shows '^torch_version +2\.11\.0'
try "${bare[@]}" TORCH_ROOT="$site" "$bundle/dinobench" info
mkdir -p "$work/venv/lib/python3.9" "$work/bin" && ln -s "$site" "$work/venv/lib/python3.9/site-packages" && ln -s "$bundle/dinobench" "$work/bin/dinobench"
try "${bare[@]}" VIRTUAL_ENV="$work/venv" "$work/bin/dinobench" info
try "${bare[@]}" PYTHONPATH="$site" "$bundle/dinobench" info
echo "ok   finds LibTorch by TORCH_ROOT, VIRTUAL_ENV and Python"

# refused PATTERN VARIABLE...: exit code 2 and one line.
refused() {
  local pattern=$1
  shift
  "${bare[@]}" "$@" "$bundle/dinobench" info >"$work/log" 2>&1
  local code=$?
  if [ $code != 2 ] || [ "$(wc -l <"$work/log")" != 1 ]; then fail "no plain refusal with $*"; fi
  shows "^dinobench: error: .*$pattern"
  echo "ok   $(cut -c19-110 "$work/log")..."
}
refused 'TORCH_ROOT: no /nowhere/lib' TORCH_ROOT=/nowhere
mkdir -p "$work/old/torch/lib" && touch "$work/old/torch/lib/libtorch_cpu.so" && echo "__version__ = '2.10.0+cpu'" >"$work/old/torch/version.py"
refused 'torch is torch 2\.10\.0' TORCH_ROOT="$work/old/torch"
refused 'python3?: no' PATH=/usr/bin:/bin

# Every library comes from the bundle or the wheel; from the system only the C library, and not even that one if told so.
# outside PATTERN: libraries that the program initialised and that come from elsewhere, apart from PATTERN.
# The shell that becomes the program writes into the same file: its libraries do not count.
outside() {
  local file
  grep -l "transferring control: .*bin/dinobench" "$work"/debug.* | while read -r file; do
    awk '/transferring control: / && !/bin\/dinobench/ {split("", seen)}
      sub(/.*calling init: /, "") {seen[$0]}
      END {for (path in seen) print path}' "$file"
  done | sort -u | grep -vF -e "$bundle/" -e "$torch/" -e "$site/" | grep -vE "$1"
}
loaded() { rm -f "$work"/debug.*; try "${bare[@]}" TORCH_ROOT="$torch" LD_DEBUG=libs LD_DEBUG_OUTPUT="$work/debug" "$@"; }
c_library='/(ld-linux-x86-64|lib(c|m|pthread|dl|rt|util|resolv))\.so'
loaded "$bundle/dinobench" info
newer='/lib(stdc\+\+|gcc_s)\.so'
[ -e "$bundle/lib/gcc" ] && grep -q "$bundle/lib/gcc" "$work"/debug.* && newer='^$'
found=$(outside "$c_library|$newer") && fail "libraries of the system: $found"
loaded DINOBENCH_GLIBC=bundle "$bundle/dinobench" info
found=$(outside '^$') && fail "libraries of the system beside its own C library: $found"
echo "ok   no library from outside"

# Two ranks: by the system's mpirun with the system's MPI, and by the bundle's with its own.
flags=(--oversubscribe)
[ "$(id -u)" -ne 0 ] || flags+=(--allow-run-as-root)
loaded mpirun "${flags[@]}" -n 2 "$bundle/dinobench" info
shows '^world_size +2'
outside "$c_library|$newer" | grep -q '/libmpi\.so\.40' || fail "the system's mpirun did not get the system's MPI"
loaded "$bundle/mpirun" "${flags[@]}" -n 2 "$bundle/dinobench" info
shows '^world_size +2'
found=$(outside "$c_library|$newer") && fail "libraries of the system under the bundle's mpirun: $found"
echo "ok   two ranks by either mpirun"

# A root folder with a shell, a few tools, the C library, the bundle and the wheel; nothing else.
root=$work/root
mkdir -p "$root"/{bin,lib64,proc,sys,dev,tmp,torch,bundle,torchsite}
for tool in sh env sed readlink dirname basename getconf head tr; do cp -L "$(command -v $tool)" "$root/bin/"; done
for library in $(ldd "$root"/bin/* | grep -oE '/[^ ]+\.so[^ ]*' | sort -u); do mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"; done
c_folder=$(dirname "$(ldd "$binary" | awk '/libc\.so\.6/ {print $3}')")
for library in "$bundle"/glibc/lib*; do cp -L "$c_folder/$(basename "$library")" "$root$c_folder/"; done
# A wheel that came without what it depends on.
ldd "$torch/lib/libtorch_cpu.so" | grep -q libcudart && mkdir -p "$root/alone/torch"
cat >"$root/job" <<'EOF'
set -e
cd /tmp
dinobench=/bundle/dinobench
network="--method dino --arch vit_nano --patch_size 8 --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --out_dim 64"
length="--epochs 1 --warmup_epochs 0 --max_steps 3 --quiet"
if [ -d /alone ] && TORCH_ROOT=/alone/torch $dinobench info 2>alone.log; then exit 1; fi
$dinobench data make --output set --seed 1 --size 32 --train_per_class 4 --val_per_class 2 --parts classification
$dinobench train $network $length --batch_size_per_gpu 8 --data_path set/classification/train --output_dir one
/bundle/mpirun --allow-run-as-root --oversubscribe -n 2 $dinobench train $network $length --batch_size_per_gpu 4 \
  --data_path set/classification/train --output_dir two
DINOBENCH_GLIBC=bundle $dinobench eval knn --arch vit_nano --patch_size 8 --pretrained_weights two/checkpoint.pth --data_path set/classification \
  --resize_size 0 --crop_size 32 --nb_knn 1 5 --output knn.h5
$dinobench table knn.h5
EOF
cat >"$work/enter" <<'EOF'
set -e
mount --bind "$2" "$1/bundle"
mount --bind "$3" "$1/torchsite"
[ ! -d "$1/alone" ] || mount --bind "$3/torch" "$1/alone/torch"
for folder in proc sys dev; do mount --rbind "/$folder" "$1/$folder"; done
exec chroot "$1" /bin/env -i PATH=/bin HOME=/tmp OMP_NUM_THREADS=1 TORCH_ROOT=/torchsite/torch /bin/sh /job
EOF
namespace=(unshare --mount --propagation private)
[ "$(id -u)" = 0 ] || namespace+=(--map-root-user)
if ! "${namespace[@]}" mount --bind "$root" "$root" 2>/dev/null; then
  echo "skipped: no own root folder here (needs root or user namespaces); the rest holds"
  exit 0
fi
try "${namespace[@]}" bash "$work/enter" "$root" "$bundle" "$site"
for file in one/checkpoint.pth two/checkpoint.pth; do [ -s "$root/tmp/$file" ] || fail "no $file"; done
[ ! -d "$root/alone" ] || grep -q '^dinobench: error: libcu.*not found' "$root/tmp/alone.log" || fail "missing libraries are not named"
shows '^\| .*vit_nano'
echo "ok   draws, trains on one and two ranks, evaluates and tabulates with nothing else in sight"
