using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Classifier;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Execution.Models;

/// <summary>Models for a piece of work on its device, which may have them from the work before.</summary>
internal static class ModelLoading
{
    public static BorrowedModel<LoadedModel<VqTokenizer>> Tokenizer(this WorkContext context, ArtifactInfo file) => context.Models.Borrow(
        context, "tokenizer", file,
        _ => ModelFiles.Tokenizer(context.Artifacts, file, context.Device.Torch, context.Interrupted), m => m.Model);

    public static BorrowedModel<LoadedModel<ImageClassifier>> Classifier(this WorkContext context, ArtifactInfo file) =>
        context.Models.Borrow(
            context, "classifier", file,
            _ => ModelFiles.Classifier(context.Artifacts, file, context.Device.Torch, context.Interrupted), m => m.Model);

    public static BorrowedModel<InceptionNetwork> Inception(this WorkContext context, ArtifactInfo file) =>
        context.Models.Borrow(context, "inception", file, fetched => InceptionWeights.Load(fetched, context.Device.Torch), m => m);

    /// <param name="context">Of the work.</param>
    /// <param name="file">Weights of kind "pgm", "pgm-once" or "maskgit".</param>
    /// <param name="useEma">Whether the averaged weights are taken where there are any.</param>
    /// <param name="precision">One of <see cref="Precisions"/>.</param>
    public static BorrowedModel<LoadedTokenModel> Generative(
        this WorkContext context, ArtifactInfo file, bool useEma, string precision)
    {
        var kind = $"generative {(useEma ? "average" : "last")} {precision}";
        return context.Models.Borrow(context, kind, file, _ => Load(), m => m.Module);

        LoadedTokenModel Load()
        {
            var model = ModelFiles.Generative(context.Artifacts, file, useEma, context.Device.Torch, context.Interrupted);
            model.Module.ComputeType = Precisions.TypeOf(precision);
            return model;
        }
    }
}
