# GPU hours, GB of memory a rank, GB of disk of one training run. Variables: see cost.sh.
function vit(side,    n) {  # multiply-adds of one image
  n = int(side / patch) ^ 2 + 1
  return depth * (12 * n * dim ^ 2 + 2 * n ^ 2 * dim) + 3 * n * patch ^ 2 * dim
}
function network(side) {
  return dim ? vit(side) : (arch == "resnet50" ? 4.1e9 : 1.8e9) * (side / 224) ^ 2
}
# What is kept of an image for the backward pass, in bytes; fitted to Table 8 (ViT) and to three times it (ResNet-50).
function activations(side) {
  if (dim) return 56 * (int(side / patch) ^ 2 + 1) * dim * depth
  return 56 * 197 * 384 * 12 * (side / 224) ^ 2 * (arch == "resnet50" ? 3 : 1)
}
BEGIN {
  shapes["vit_nano"] = "128 4"; shapes["vit_micro"] = "192 6"; shapes["vit_tiny"] = "192 12"
  shapes["vit_small"] = "384 12"; shapes["vit_base"] = "768 12"
  split(shapes[arch], shape, " ")
  dim = shape[1]; depth = shape[2]
  weights = dim ? depth * 12 * dim ^ 2 + 3 * patch ^ 2 * dim : arch == "resnet50" ? 23.5e6 : 11.2e6
  width = dim ? dim : arch == "resnet50" ? 2048 : 512
  networks = 1; teacher = 0; student = network(side); kept_bytes = activations(side)
  if (method == "dino") {
    head = width * hidden + hidden ^ 2 + hidden * 256 + 256 * outputs
    weights += head; networks = 2
    teacher = 2 * (network(side) + head)
    student = teacher + locals * (network(small) + head)
    kept_bytes = 2 * activations(side) + locals * activations(small)
  }
  if (method == "random_init") epochs = 0
  checkpoint = epochs ? weights * (8 + 4 * networks) / 1e9 : 0
  copies = 2 + (kept > 0 ? int((epochs - 1) / kept) + 1 : 0)
  print 2 * (3 * student + teacher) * images * epochs / 11e12 / 3600, \
    2 + weights * (12 + 4 * networks) / 1e9 + batch * kept_bytes / 1e9, checkpoint * copies
}
