#!/usr/bin/env bash
# Makes one folder, under 60 MiB, that runs on x86-64 Linux machines where nothing of ours is installed but a torch wheel: the
# stripped binary, the shared libraries that are neither torch's nor CUDA's, a small Open MPI, and start scripts.
#   tools/bundle.sh [--cuda] [--output DIR] [--binary FILE]
# --cuda    bundle build-cuda/dinobench; default build/dinobench. A missing binary is built (tools/build.sh).
# --output  the folder; default build/dinobench-bundle. An earlier bundle there is replaced.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
limit_mib=60

profile=cpu output='' binary=''
while [ $# -gt 0 ]; do
  case "$1" in
    --cuda) profile=cuda; shift ;;
    --output | --binary) [ $# -ge 2 ] || { echo "bundle: $1 needs a value" >&2; exit 2; }
      declare "${1#--}=$2"; shift 2 ;;
    *) echo "bundle: unknown option '$1'; known: --cuda --output --binary" >&2; exit 2 ;;
  esac
done
fail() { echo "bundle: $*" >&2; exit 2; }

build=$source_dir/build
[ "$profile" = cpu ] || build=$source_dir/build-cuda
output=$(realpath -m "${output:-$build/dinobench-bundle}")
if [ -z "$binary" ]; then
  binary=$build/dinobench
  [ -x "$binary" ] || "$source_dir/tools/build.sh" "--$profile"
fi
[ -x "$binary" ] || fail "no program $binary"
for tool in strip objdump readelf cmake ompi_info ldd dpkg-query; do command -v "$tool" >/dev/null || fail "needs $tool (tools/setup.sh installs it)"; done
if [ -e "$output" ] && [ ! -e "$output/bundle.conf" ]; then fail "$output exists and is no bundle; it is left alone"; fi

torch_root=$(dirname "$(dirname "$(ldd "$binary" | awk '/libc10\.so / {print $3}')")")
[ -e "$torch_root/lib/libtorch_cpu.so" ] || fail "$binary finds no LibTorch; run tools/setup.sh"
site=$(dirname "$(realpath "$torch_root")")
torch_version=$(sed -n "s/^__version__ = '\([0-9.]*\).*/\1/p" "$torch_root/version.py")
mpi_path() { ompi_info --path "$1" --parsable | sed -n "s/^path:$1://p" | sort -u; }

work=$output.new
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,lib/gcc,glibc,licences} "$work"/mpi/{bin,lib/openmpi,lib/pmix,share,etc}

# shared FILE...: the libraries that these need, directly or through others, as paths; without torch's, CUDA's and glibc's.
glibc_names='ld-linux-x86-64|libc|libm|libpthread|libdl|librt|libutil|libresolv|libanl|libmvec'
shared() {
  ldd "$@" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u | while read -r library; do
    [[ $(realpath "$library") == "$site"/* ]] && continue
    [[ ${library##*/} =~ ^(($glibc_names)\.so|lib(cuda|cupti|cublas|cudnn|nv|nccl)) ]] || echo "$library"
  done
}
copy() { local folder=$1; shift; [ $# -eq 0 ] || cp -L -t "$folder" "$@"; }

# The program, and what it needs apart from MPI.
needed=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
mapfile -t direct < <(shared "$binary" | awk -F/ 'NR == FNR {needed[$0]; next} $NF in needed && $NF !~ /^libmpi/' <(echo "$needed") -)
mapfile -t program_libraries < <({ printf '%s\n' "${direct[@]}"; shared "${direct[@]}"; } | sort -u)
cp "$binary" "$work/bin/dinobench"
copy "$work/lib" "${program_libraries[@]}"
mv "$work"/lib/lib{stdc++,gcc_s}.so.* "$work/lib/gcc/"

# Open MPI: shared memory and TCP. Faster networks are the business of the machine's own Open MPI, and of NCCL.
mpi=$(ldd "$binary" | awk '/libmpi\.so/ {print $3}')
if [ -z "$mpi" ] || [[ $(mpi_path prefix) != /* ]]; then fail "$binary is not linked to Open MPI"; fi
left_out='(btl_(ofi|openib|sm)|mtl_.*|pml_(ucx|cm|monitoring)|osc_.*|coll_(monitoring|han|adapt)|(io|fs|fbtl|fcoll|sharedfp)_.*'
left_out+='|(atomic|memheap|scoll|spml|sshmem|vprotocol)_.*|topo_treematch|ras_simulator|.*_(jsm|flux))'
mapfile -t plugins < <(find "$(mpi_path pkglibdir)" -name '*.so' | grep -E '/mca_' | grep -vE "/mca_$left_out\.so")
copy "$work/mpi/lib/openmpi" "${plugins[@]}"
copy "$work/mpi/bin" "$(command -v mpirun)" "$(command -v orted)"
pmix=$(realpath -e "$(ldd "${plugins[@]}" | awk '/libpmix\.so/ {print $3}' | sort -u)")
pmix=${pmix%/lib/*}
mapfile -t pmix_plugins < <(find "$pmix/lib/pmix" -name '*.so')
copy "$work/mpi/lib/pmix" "${pmix_plugins[@]}"
mapfile -t mpi_libraries < <({ echo "$mpi"; shared "$mpi" "${plugins[@]}" "${pmix_plugins[@]}" "$work"/mpi/bin/*; } | sort -u |
  comm -23 - <(printf '%s\n' "${program_libraries[@]}"))
copy "$work/mpi/lib" "${mpi_libraries[@]}"
mkdir -p "$work/mpi/share/openmpi" "$work/mpi/share/pmix"
copy "$work/mpi/share/openmpi" "$(mpi_path pkgdatadir)"/help-*.txt
copy "$work/mpi/etc" "$(mpi_path sysconfdir)/openmpi-mca-params.conf"
copy "$work/mpi/share/pmix" "$pmix"/share/pmix/help-*.txt

# The C library, for systems whose own is older than this one.
c_folder=$(dirname "$(ldd "$binary" | awk '/libc\.so\.6/ {print $3}')")
mapfile -t c_library < <(find "$c_folder/" -maxdepth 1 -regextype posix-extended -regex ".*/($glibc_names)(-x86-64)?\.so\.[0-9]+")
copy "$work/glibc" "${c_library[@]}"

# No debug symbols, and no search path of the machine that built it.
mapfile -t objects < <(find "$work" -type f \( -name '*.so*' -o -path '*/bin/*' \))
strip --strip-unneeded "$work/bin/dinobench"
cat >"$work/rpath.cmake" <<'EOF'
foreach(file ${FILES})
  file(RPATH_REMOVE FILE "${file}")
endforeach()
EOF
cmake "-DFILES=$(IFS=';'; echo "${objects[*]}")" -P "$work/rpath.cmake" >/dev/null
rm "$work/rpath.cmake"

# newest NAME FILE...: the newest version NAME_x.y that the files ask for.
newest() {
  local name=$1
  shift
  objdump -T "$@" 2>/dev/null | sed -n "s/.*[( ]${name}_\([0-9][0-9.]*\).*/\1/p" | sort -uV | tail -n 1
}
mapfile -t ours < <(printf '%s\n' "${objects[@]}" | grep -v /glibc/)
glibc=$(newest GLIBC "${ours[@]}")
glibcxx=$(newest GLIBCXX "$work/lib/gcc/libstdc++.so.6")
cat >"$work/bundle.conf" <<EOF
profile=$profile
torch_version=$torch_version
glibc=$glibc
glibcxx=$glibcxx
commit=$(git -C "$source_dir" describe --always --dirty --abbrev=40 2>/dev/null || echo unknown)
EOF

cp "$source_dir/tools/bundle/dinobench" "$work/dinobench"
cp "$source_dir/tools/bundle/launch.sh" "$work/bin/launch.sh"
cp "$source_dir/tools/bundle/mpirun" "$work/mpi/mpirun"
ln -s mpirun "$work/mpi/orted"
ln -s mpi/mpirun "$work/mpirun"
sed "s/@TORCH@/$torch_version/g; s/@GLIBC@/$glibc/g; s/@PROFILE@/$profile/g; s/@MPI@/$(ompi_info --version | sed -n 's/^Open MPI v//p')/g" \
  "$source_dir/tools/bundle/README.md" >"$work/README.md"
mkdir "$work/experiments"
cp -r "$source_dir"/experiments/{layouts,quickstart,launch} "$work/experiments/"
cp "$source_dir/LICENSE" "$work/licences/dinobench"

# Which package each library came from, and its licence.
mapfile -t origins < <(printf '%s\n' "${program_libraries[@]}" "${mpi_libraries[@]}" "${plugins[@]}" "${c_library[@]}" "$(command -v mpirun)" |
  xargs realpath | sed 'p; s|^/usr||' | sort -u)
mapfile -t packages < <({ dpkg-query -S "${origins[@]}" 2>/dev/null || true; } | cut -d: -f1 | sort -u)
dpkg-query -W -f='${Package} ${Version}\n' "${packages[@]}" >"$work/licences/PACKAGES"
for package in "${packages[@]}"; do
  [ ! -e "/usr/share/doc/$package/copyright" ] || cp -L "/usr/share/doc/$package/copyright" "$work/licences/$package"
done

bytes=$(du -sb "$work" | cut -f1)
mib=$(awk -v bytes="$bytes" 'BEGIN {printf "%.1f", bytes / 1048576}')
[ "$bytes" -lt $((limit_mib * 1048576)) ] || fail "the folder would have $mib MiB; the limit is $limit_mib"
rm -rf "$output"
mv "$work" "$output"
echo "bundle: $output ($profile, $mib MiB); LibTorch $torch_version is to be there, glibc $glibc is brought along where the system's is older"
