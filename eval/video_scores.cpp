// Scoring, sharing and reporting.
#include "eval/video_scores.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "core/error.hpp"
#include "eval/davis_measure.hpp"
#include "eval/metrics.hpp"

namespace dinobench {
namespace video_scores {
namespace {

constexpr double kFull = 100;  // percent

void check_result(const Mask& mask, const Mask& truth, int64_t objects, const std::string& name) {
  require(mask.width == truth.width && mask.height == truth.height,
          "{}: the mask is {} x {} pixels, its annotation {} x {}", name, mask.width, mask.height,
          truth.width, truth.height);
  const int64_t largest = *std::max_element(mask.values.begin(), mask.values.end());
  require(largest <= objects, "{}: the mask holds index {}, the sequence has {} objects", name,
          largest, objects);
}

// What ranks exchange: sequence, objects, frames, then the values, all as float64.
void pack(const SequenceScores& scores, size_t sequence, std::vector<double>& out) {
  if (scores.region.empty()) return;
  for (const size_t count : {sequence, scores.region.size(), scores.region[0].size()})
    out.push_back(static_cast<double>(count));
  for (const auto* part : {&scores.region, &scores.boundary})
    for (const auto& object : *part) out.insert(out.end(), object.begin(), object.end());
}

void unpack(std::span<const double> in, std::vector<SequenceScores>& scores) {
  const auto count = [&in] {
    const auto value = static_cast<size_t>(in[0]);
    in = in.subspan(1);
    return value;
  };
  while (!in.empty()) {
    SequenceScores& to = scores.at(count());
    const size_t objects = count(), frames = count();
    for (auto* part : {&to.region, &to.boundary}) {
      part->clear();
      for (size_t object = 0; object < objects; ++object, in = in.subspan(frames))
        part->emplace_back(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(frames));
    }
  }
}

struct ObjectColumns {
  std::vector<double> mean, recall, decay;
  void add(const std::vector<double>& values) {
    const Statistics s = statistics(values, kFull);
    mean.push_back(s.mean);
    recall.push_back(s.recall);
    decay.push_back(s.decay);
  }
};

Metric over_objects(const std::vector<double>& values, uint64_t seed) {
  const auto n = static_cast<int64_t>(values.size());
  const Interval interval = bootstrap_mean(values, seed);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
  return {mean, "percent", n, interval.low, interval.high};
}

void add_metrics(const std::string& name, const ObjectColumns& columns, uint64_t seed,
                 EvaluationRecord& record) {
  record.metrics[name + "_mean"] = over_objects(columns.mean, seed);
  record.metrics[name + "_recall"] = over_objects(columns.recall, seed);
  record.metrics[name + "_decay"] = over_objects(columns.decay, seed);
}

struct RawColumns {
  std::vector<double> region, boundary;
  std::vector<int64_t> object, object_label;
  std::vector<std::string> frame, object_sequence;

  void add(const Sequence& sequence, const SequenceScores& scores, size_t index) {
    const auto id = static_cast<int64_t>(object_label.size());
    object_label.push_back(static_cast<int64_t>(index) + 1);
    object_sequence.push_back(sequence.name);
    for (size_t i = 0; i < scores.region[index].size(); ++i) {
      region.push_back(scores.region[index][i]);
      boundary.push_back(scores.boundary[index][i]);
      object.push_back(id);
      frame.push_back(sequence.frames[i + 1]);
    }
  }

  void store(EvaluationRecord& record) const {
    const auto n = static_cast<int64_t>(region.size());
    const auto objects = static_cast<int64_t>(object_label.size());
    record.raw["J"] = {{n}, region};
    record.raw["F"] = {{n}, boundary};
    record.raw["object"] = {{n}, object};
    record.raw["frame"] = {{n}, frame};
    record.raw["object_sequence"] = {{objects}, object_sequence};
    record.raw["object_label"] = {{objects}, object_label};
  }
};

}  // namespace
}  // namespace video_scores

SequenceScores score_sequence(const Sequence& sequence, const std::string& results,
                              const std::function<Mask(size_t frame)>& result) {
  const auto& annotations = sequence.annotations;
  const int64_t objects = count_objects(read_annotation(annotations[0]), annotations[0]);
  SequenceScores scores;
  scores.region.resize(static_cast<size_t>(objects));
  scores.boundary.resize(static_cast<size_t>(objects));
  for (size_t frame = 1; frame + 1 < sequence.frames.size(); ++frame) {
    const Mask truth = read_annotation(annotations[frame]), mask = result(frame);
    const std::string name =
        fmt::format("{}/{}/{}.png", results, sequence.name, sequence.frames[frame]);
    video_scores::check_result(mask, truth, objects, name);
    for (size_t object = 0; object < scores.region.size(); ++object) {
      const auto label = static_cast<uint8_t>(object + 1);
      scores.region[object].push_back(video_scores::kFull * region_similarity(mask, truth, label));
      scores.boundary[object].push_back(video_scores::kFull *
                                        boundary_accuracy(mask, truth, label));
    }
  }
  return scores;
}

std::vector<int> deal_sequences(const std::vector<Sequence>& sequences, int ranks) {
  std::vector<size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sequences[a].frames.size() > sequences[b].frames.size();
  });
  std::vector<size_t> load(static_cast<size_t>(ranks), 0);
  std::vector<int> owner(sequences.size(), 0);
  for (const size_t index : order) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += sequences[index].frames.size();
    owner[index] = static_cast<int>(least - load.begin());
  }
  return owner;
}

void share_scores(std::vector<SequenceScores>& scores, Communicator& comm) {
  std::vector<double> own;
  for (size_t i = 0; i < scores.size(); ++i) video_scores::pack(scores[i], i, own);
  for (const std::vector<std::byte>& bytes : comm.all_gather(std::as_bytes(std::span(own)))) {
    std::vector<double> values(bytes.size() / sizeof(double));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    video_scores::unpack(values, scores);
  }
}

void report_scores(const std::vector<Sequence>& sequences,
                   const std::vector<SequenceScores>& scores, uint64_t seed,
                   EvaluationRecord& record) {
  video_scores::ObjectColumns region, boundary;
  video_scores::RawColumns raw;
  for (size_t i = 0; i < sequences.size(); ++i)
    for (size_t object = 0; object < scores[i].region.size(); ++object) {
      region.add(scores[i].region[object]);
      boundary.add(scores[i].boundary[object]);
      raw.add(sequences[i], scores[i], object);
    }
  video_scores::add_metrics("J", region, seed, record);
  video_scores::add_metrics("F", boundary, seed, record);
  std::vector<double> both(region.mean.size());
  std::transform(region.mean.begin(), region.mean.end(), boundary.mean.begin(), both.begin(),
                 [](double j, double f) { return (j + f) / 2; });
  record.metrics["JF_mean"] = video_scores::over_objects(both, seed);
  raw.store(record);
}

}  // namespace dinobench
