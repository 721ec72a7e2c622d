// A backbone and a linear classifier, trained together by cross-entropy with labels.
#pragma once

#include <memory>

#include "methods/method.hpp"
#include "methods/supervised_options.hpp"

namespace dinobench {

/// `backbone` is trained from the weights it has. The classifier starts as a ViT's does (truncated
/// normal 0.02) or, on a ResNet, with PyTorch's default values, drawn now. Input Error for fewer
/// than two classes.
std::unique_ptr<Method> make_classifier_training(const MethodInputs& inputs,
                                                 const SupervisedOptions& config,
                                                 std::shared_ptr<Backbone> backbone);

}  // namespace dinobench
