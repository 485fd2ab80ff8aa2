// Pooling and classes of a timm checkpoint.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "weights/base/errors.h"
#include "weights/timm/tensor_evidence.h"

namespace saccade {
namespace {

// Whether the norm contradicts the entry point's pooling: the model was trained with another one.
bool pooled_otherwise(const TimmFiles& files, const TimmEntryPoint& entry,
                      const TensorEvidence& evidence) {
  if (files.args.has("fc_norm") || files.args.has("use_fc_norm")) return false;
  if (evidence.has("fc_norm.weight")) return entry.global_pool == "token";
  return entry.global_pool == "avg" && (entry.family == "beit" || entry.family == "eva");
}

// Like timm, reads "global_pool" only in model_args and ignores the one above them, which describes
// the saved model. The exception is tensors that do not fit the entry point: timm cannot load them,
// and the outer value says what they are.
void resolve_pooling_kind(const TimmFiles& files, const TimmEntryPoint& entry,
                          const TensorEvidence& evidence, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const bool above = !files.args.has("global_pool") && pooled_otherwise(files, entry, evidence);
  const ConfigReader& from = above ? files.top : files.args;
  if (above && !from.has("global_pool")) {
    from.fail("global_pool", fmt::format("the pooling that was trained: the weights are not as "
                                         "'{}' of the entry point has them",
                                         entry.global_pool));
  }
  const std::string pool = resolve<std::string>(
      model.sources, "pooling", from, from.text("global_pool"), std::string(entry.global_pool));
  if (pool != "token" && pool != "avg" && pool != "map") {
    from.fail("global_pool", "\"token\", \"avg\" or \"map\": other poolings are unsupported");
  }
  vit.pooling.kind = pool == "map"   ? Pooling::attention
                     : pool == "avg" ? Pooling::patch_mean
                                     : Pooling::token;
  vit.pooling.include_prefix =
      files.args.boolean("pool_include_prefix").value_or(entry.pool_prefix);
  vit.head.classifiers = {{"head", 0}};
  if (vit.tokens.dist_token) vit.head.classifiers.push_back({"head_dist", 1});
  if (vit.pooling.kind == Pooling::attention && !evidence.has("attn_pool.latent")) {
    from.fail("global_pool", fmt::format("\"token\" or \"avg\": the weights have no tensor '{}'",
                                         evidence.stored("attn_pool.latent")));
  }
  if (vit.pooling.kind == Pooling::token && !vit.tokens.cls_token) {
    from.fail("global_pool", fmt::format("\"avg\": the weights have no tensor '{}'",
                                         evidence.stored("cls_token")));
  }
  if (vit.pooling.kind != Pooling::token && vit.tokens.dist_token) {
    from.fail("global_pool", "\"token\", as two classifiers read two tokens");
  }
}

// One norm, before or after pooling, or none.
void resolve_final_norm(const ConfigReader& args, const TensorEvidence& evidence,
                        ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.norms.after_blocks =
      resolve(model.sources, "norm", args, args.boolean("final_norm"), model.family->norm);
  if (!vit.norms.after_blocks) return;
  for (const char* key : {"fc_norm", "use_fc_norm"}) {
    vit.norms.after_pooling = infer_flag(args, key, args.boolean(key), evidence, "fc_norm.weight");
  }
  vit.norms.after_blocks = !vit.norms.after_pooling;
  model.sources["norm"] = kFromShape;
}

}  // namespace

void resolve_timm_pooling(const TimmFiles& files, const TimmEntryPoint& entry,
                          const TensorEvidence& evidence, ModelConfig& model) {
  resolve_pooling_kind(files, entry, evidence, model);
  resolve_final_norm(files.args, evidence, model);
}

void resolve_timm_classes(const TimmFiles& files, const TensorFile& tensors,
                          const FoundNaming& naming, ModelConfig& model) {
  const FoundNaming outside{naming.naming, naming.outer, ""};
  const TensorEvidence heads(tensors, outside, files.top.file());
  std::vector<ClassifierHead>& classifiers = model.vit.head.classifiers;
  // A training's own classifier beside a backbone of timm's.
  const bool beside = !naming.inner.empty() && naming.naming->name.starts_with("timm");
  for (const char* other : {"classifier", "fc"}) {
    if (!beside || classifiers.size() != 1) break;
    if (heads.has(classifiers.front().name + ".weight")) break;
    if (heads.has(std::string(other) + ".weight")) classifiers.front().name = other;
  }
  const std::string head = classifiers.front().name + ".weight";
  if (!heads.has(head)) {
    throw ModelError(fmt::format(
        "{}: no classifier in this checkpoint (no tensor '{}'); use one with num_classes above 0",
        heads.file(), head));
  }
  model.vit.head.classes = heads.shape(head, 2)[0];
  model.sources["classes"] = kFromShape;
  for (const ConfigReader* config : {&files.args, &files.top, &files.pretrained}) {
    const auto said = config->integer("num_classes", 0, kLargest);
    if (said && *said != model.vit.head.classes) {
      config->fail("num_classes",
                   fmt::format("{}, the rows of '{}'", model.vit.head.classes, head));
    }
    if (said) break;
  }
}

}  // namespace saccade
