# shellcheck shell=bash
# The runner behind experiments/*.sh. A script sets `title`, `evaluations` and `layout`, names its rows in a function rows(), and
# sources this file:
#   row NAME RECIPE [--option value ...]   recipes/RECIPE.cfg, with these options over it
# A recipe's `ranks` is what the paper ran it on. Every row is one `dinobench run` a seed. Rows with equal training options share one training, whatever script they stand in.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$here/common/words.sh"
. "$here/common/presets.sh"
. "$here/common/cost.sh"

preset=smoke seeds=0 ranks='' hosts='' output='' only='' dry_run=''
data_path='' val_split='' retrieval_path='' copydays_path='' whitening_path='' distractors_path='' voc_path='' davis_path='' weights_path=''
read_words "$@"
. "$here/common/launcher.sh"
output=${output:-runs/$preset}

# What the paper sets where there is no multi-crop.
two_views=(--local_crops_number 0 --global_crops_scale 0.14 1)

# Options of the row in `o`, in the order in which they were first named.
declare -A o
order=()
put() {
  [ -n "${o[$1]+set}" ] || order+=("$1")
  o[$1]=$2
}

read_recipe() {
  local name value
  while IFS='=' read -r name value; do
    name=${name%%#*} value=${value%%#*}
    read -r name <<<"$name"
    read -r value <<<"$value"
    case "$name" in
      '') ;;
      ranks) published_ranks=$value ;;
      *) put "$name" "$value" ;;
    esac
  done <"$here/recipes/$1.cfg"
}

read_row() {
  local name=
  for word in "$@"; do
    if [[ $word == --ranks ]]; then
      name=ranks
    elif [[ $word == --* ]]; then
      name=${word#--}
      put "$name" ""
    elif [ "$name" = ranks ]; then
      published_ranks=$word
    else
      put "$name" "${o[$name]:+${o[$name]} }$word"
    fi
  done
}

# The training's own name: its options, without those of evaluations.
training_name() {
  local name
  for name in "${order[@]}"; do
    [[ $name == *.* ]] || echo "$name=${o[$name]}"
  done | sort | sha256sum | cut -c1-8 | sed "s/^/$1-/"
}

run_row() {
  local row=$1 recipe=$2 seed=$3 name words
  local record=$output/$script/$row-seed$seed.h5
  local command=("${start[@]}" run --experiment "$script/$row" --seed "$seed" --output "$record"
    --output_dir "$output/trained/$(training_name "$recipe")-seed$seed" --evaluations "${evaluations[@]}")
  for name in "${order[@]}"; do
    read -ra words <<<"${o[$name]}"
    command+=("--$name" "${words[@]}")
  done
  command+=("${paths[@]}")
  records+=("$record")
  if [ -n "$dry_run" ]; then
    echo "  ${command[*]}"
  else
    mkdir -p "$output/$script"
    start_and_wait "${command[@]}"
  fi
}

row() {
  local name=$1 recipe=$2 seed
  shift 2
  [[ -z $only || " $only " == *" $name "* ]] || return 0
  o=() order=() published_ranks=1
  read_recipe "$recipe"
  read_row "$@"
  fit_to_preset
  set_start
  cost_of_row
  echo "$script/$name: $cost"
  for seed in $seeds; do run_row "$name" "$recipe" "$seed"; done
}

records=()
echo "$title ($preset)"
[ -n "$dry_run" ] || [ -x "$program" ] || refuse "no program $program: run tools/build.sh first"
prepare_data
rows
[ ${#records[@]} -gt 0 ] || refuse "--only '$only' names no row of $script"
echo "all rows and seeds: $(cost_of_all)"
table=("$program" table --layout "$layout" "${records[@]}")
if [ -n "$dry_run" ]; then echo "  ${table[*]}"; exit 0; fi
"${table[@]}"
"${table[@]}" --format md --output "$output/$script/table.md" >/dev/null
echo "records: $output/$script/*.h5    table: $output/$script/table.md"
