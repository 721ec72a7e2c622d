# shellcheck shell=bash
# What a row costs, before it is run. Multiply-adds follow from the shapes; the rate of 11 TFLOP/s a GPU is what the hours and
# GPUs of the paper's Table 8 amount to (V100, ViT-S/16: 10.8 to 11.4 over its four rows), its memory likewise. The paper preset
# counts the images of ImageNet.
total_hours=0 total_disk=0

# Sets `cost`, in words, and adds to the totals.
cost_of_row() {
  local images=1281167 epochs=${o[epochs]:-0}
  if [ "$preset" != paper ]; then images=$((${o[batch_size_per_gpu]:-0} * row_ranks * ${o[accumulate_steps]:-1} * ${o[steps_per_epoch]:-80})); fi
  if [ "$preset" = smoke ]; then images=$((images * 3 / 10)) epochs=1; fi
  local line
  line=$(awk -v method="${o[method]}" -v arch="${o[arch]}" -v patch="${o[patch_size]:-16}" -v side="${o[global_crops_size]:-224}" \
    -v small="${o[local_crops_size]:-96}" -v locals="${o[local_crops_number]:-0}" -v epochs="$epochs" \
    -v images="$images" -v batch="${o[batch_size_per_gpu]:-0}" -v hidden="${o[head_hidden_dim]:-2048}" \
    -v outputs="${o[out_dim]:-65536}" -v kept="${o[saveckp_freq]:-20}" -f "$here/common/cost.awk")
  local hours memory disk
  read -r hours memory disk <<<"$line"
  local runs=0 seed
  for seed in $seeds; do runs=$((runs + 1)); done
  total_hours=$(awk "BEGIN { print $total_hours + $runs * $hours }")
  total_disk=$(awk "BEGIN { print $total_disk + $runs * $disk }")
  cost=$(awk -v h="$hours" -v m="$memory" -v d="$disk" -v r="$row_ranks" -v s="$runs" 'BEGIN {
    printf "%d seed(s) of %.3g GPU hours, %.3g GB of memory for each of %d rank(s), %.3g GB of disk", s, h, m, r, d }')
}

cost_of_all() {
  awk -v h="$total_hours" -v d="$total_disk" 'BEGIN {
    printf "at most %.3g GPU hours (11 TFLOP/s sustained; equal trainings run once), %.3g GB of disk", h, d }'
}
