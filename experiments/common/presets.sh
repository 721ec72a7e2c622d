# shellcheck shell=bash
# What --preset changes: `paper` nothing, `small` and `smoke` the size of everything, never the method.
#
# small is to the paper as 51,200 images seen at 32 pixels are to 300 epochs of ImageNet at 224: networks, patches, crops, the
# head and the schedules shrink by fixed rules, so that a row keeps its place among the others. Labels teach faster by the image
# and are given more of them: 192,000 (ViT) and 102,400 (ResNet). smoke takes three steps of it.

arithmetic() { awk "BEGIN { printf \"%.6g\", $1 }"; }
at_least() { [ "$1" -gt "$2" ] && echo "$1" || echo "$2"; }

shrink_network() {
  declare -A arch=([vit_tiny]=vit_nano [vit_small]=vit_nano [vit_base]=vit_micro [resnet50]=resnet18)
  declare -A patch=([16]=8 [8]=4 [5]=2)
  put arch "${arch[${o[arch]}]:-${o[arch]}}"
  if [ -n "${o[patch_size]:-}" ]; then put patch_size "${patch[${o[patch_size]}]:-${o[patch_size]}}"; fi
  put global_crops_size 32
}

# Least shares of the image: at 32 pixels the square root keeps enough of an object in a crop.
widen() {
  [ -n "${o[$1]:-}" ] || return 0
  local low high
  read -r low high <<<"${o[$1]}"
  put "$1" "$(arithmetic "sqrt($low)") $(arithmetic "sqrt($high)")"
}

shrink_dino() {
  local batch=${o[batch_size_per_gpu]} epochs=${o[epochs]} locals=${o[local_crops_number]} short
  batch=$(at_least $((batch * published_ranks * 32 / 1024)) 4)
  short=$(at_least $(((epochs * 16 + 150) / 300)) 2)
  if [ "${o[arch]}" = resnet18 ]; then # as the released ResNet-50: without it 16 outputs a batch collapse to one
    put use_bn_in_head true
    batch=$(at_least "$batch" 32) short=$(at_least "$short" 8)
  fi
  put batch_size_per_gpu "$batch"
  put steps_per_epoch $((3200 / batch))
  put epochs "$short"
  put warmup_epochs 1
  put warmup_teacher_temp_epochs $((${o[warmup_teacher_temp_epochs]:-0} * short / epochs))
  put freeze_last_layer 0
  put lr "$(arithmetic "24 * ${o[lr]}")"
  put min_lr 1e-6
  put momentum_teacher 0.99
  put out_dim "$(at_least $((${o[out_dim]:-65536} / 256)) 8)"
  put head_hidden_dim 512
  put local_crops_size 16
  put local_crops_number $(((locals * 4 + 9) / 10))
  widen global_crops_scale
  widen local_crops_scale
}

shrink_supervised() {
  put batch_size_per_gpu 64
  if [ "${o[arch]}" = resnet18 ]; then put epochs 4; put steps_per_epoch 400; else put epochs 10; put steps_per_epoch 300; fi
  put warmup_epochs 1
  put crop_scale "0.4 1"
  if [ "${o[optimizer]:-adamw}" = adamw ]; then put lr 0.004; fi
  put clip_grad 0
}

fit_to_preset() {
  if [ "$preset" != paper ]; then
    shrink_network
    case "${o[method]}" in
      dino) shrink_dino ;;
      supervised | finetune) shrink_supervised ;;
    esac
    put saveckp_freq 0
    published_ranks=1
  fi
  if [ "$preset" = smoke ] && [ "${o[method]}" != random_init ]; then
    put batch_size_per_gpu 8
    put steps_per_epoch 10
    put max_steps 3
  fi
  local name
  if [ "$preset" != paper ]; then for name in "${evaluations[@]}"; do shrink_evaluation "$name"; done; fi
  fit_to_ranks
}

# As in quickstart/evaluations.cfg; k as far as a hundredth of the labels can fill it. The linear probe takes about as many
# steps on a set of the user's as on the drawn one, which is ten times smaller than CIFAR-10.
shrink_evaluation() {
  local passes=10 side=128
  if [ -z "$drawn" ]; then passes=2; fi
  if [ "$preset" = smoke ]; then passes=1 side=64; fi
  case "$1" in
    knn)
      put knn.nb_knn "10 20"
      if [ "$preset" = smoke ] && [ -n "${o[knn.label_fraction]:-}" ]; then put knn.nb_knn 10; fi
      put knn.resize_size 32; put knn.crop_size 32 ;;
    classifier) put classifier.resize_size 32; put classifier.crop_size 32 ;;
    linear)
      put linear.resize_size 32; put linear.crop_size 32; put linear.epochs "$passes" ;;
    logistic) put logistic.resize_size 32; put logistic.crop_size 32 ;;
    retrieval) put retrieval.dataset shapes; put retrieval.imsize $side ;;
    copy_detection) put copy_detection.imsize $side ;;
    attention) put attention.image_size "$side $side" ;;
    video) put video.scale_size 96 ;;
  esac
}

# Without --data_path the drawn set stands in, in all its parts.
draw_shapes() {
  local draw=() shapes=$output/shapes
  if [ "$preset" = smoke ]; then
    draw=(--train_per_class 20 --val_per_class 20 --retrieval_identities 4 --retrieval_others 20 --copydays_originals 6
      --copydays_distractors 20 --voc_val 6 --davis_sequences 2 --davis_frames 5)
  fi
  local command=("$program" data make --output "$shapes" --seed 0 "${draw[@]}")
  if [ -n "$dry_run" ]; then echo "  ${command[*]}"; else "${command[@]}"; fi
  data_path=$shapes/classification drawn=1
  : "${retrieval_path:=$shapes/retrieval}" "${copydays_path:=$shapes/copydays}" "${voc_path:=$shapes/voc/VOC2012}"
  : "${whitening_path:=$shapes/copydays/whitening}" "${distractors_path:=$shapes/copydays/distractors}"
  : "${davis_path:=$shapes/davis/DAVIS}"
}

# Sets `from`: the words that start a row from a file of --weights_path; none in smoke and small without it (random weights).
weights_from() {
  local folder
  from=()
  if [ -n "$weights_path" ] || [ "$preset" = paper ]; then
    folder=$(needed weights_path "a folder with $1") || exit 2
    from=(--pretrained_weights "$folder/$1")
  fi
}

# In a dry run a folder that was not named is shown by its option.
needed() {
  local value=${!1}
  if [ -z "$value" ]; then
    [ -n "$dry_run" ] || refuse "--$1 is missing: $2"
    value=${1^^}
  fi
  echo "$value"
}

drawn=''
prepare_data() {
  if [ "$preset" != paper ] && [ -z "$data_path" ]; then draw_shapes; fi
  paths=(--data_path "$(needed data_path "a folder with train/ and val/")") || exit 2
  local name
  for name in "${evaluations[@]}"; do
    case "$name" in
      knn | linear | logistic | classifier) [ -z "$val_split" ] || paths+=("--$name.val_split" "$val_split") ;;
      retrieval) paths+=(--retrieval.data_path "$(needed retrieval_path "a folder with roxford5k/ and rparis6k/")") || exit 2 ;;
      copy_detection)
        paths+=(--copy_detection.data_path "$(needed copydays_path "the root of Copydays")") || exit 2
        [ -z "$whitening_path" ] || paths+=(--copy_detection.whitening_path "$whitening_path")
        [ -z "$distractors_path" ] || paths+=(--copy_detection.distractors_path "$distractors_path") ;;
      attention) paths+=(--attention.data_path "$(needed voc_path "the root of VOC2012")") || exit 2 ;;
      video) paths+=(--video.data_path "$(needed davis_path "the root of DAVIS")") || exit 2 ;;
    esac
  done
}
