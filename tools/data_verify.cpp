// dinobench data verify: is this copy of a public data set complete?
#include "tools/data_verify.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "data/official.hpp"
#include "tools/session.hpp"

namespace dinobench {

int verify_data(Options& options, Session& session) {
  std::string data_path;
  options.get("data_path", data_path, "the folder that an evaluation of this set would be given");
  ready(options, session);
  const std::vector<std::string> words = options.positional();
  require(words.size() == 2, "usage: data verify NAME --data_path DIR; NAME is one of {}",
          fmt::join(OfficialSets::names(), ", "));
  const OfficialSet& set = OfficialSets::find(words[1]);
  require(!data_path.empty(), "no --data_path was given; {} is laid out as {}", set.name,
          set.summary);
  if (session.comm.rank() != 0) return 0;
  Findings findings;
  set.verify(data_path, findings);
  for (const Finding& finding : findings.all())
    session.console.line((finding.good ? "ok   " : "BAD  ") + finding.text);
  const auto bad = std::count_if(findings.all().begin(), findings.all().end(),
                                 [](const Finding& finding) { return !finding.good; });
  session.console.line(bad == 0 ? set.name + " is complete"
                                : fmt::format("{}: {} of {} points differ from what was published",
                                              set.name, bad, findings.all().size()));
  return bad == 0 ? 0 : 1;
}

}  // namespace dinobench
