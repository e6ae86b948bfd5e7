using PgmCluster.Data;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tokenization;

/// <summary>
/// Work item <see cref="WorkKinds.ImportTokens"/>: one file of tokens becomes one shard, the same bytes whoever makes it.
/// </summary>
public sealed class ImportTokensItem(ImportTokensWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        FaultPoint.Reached("shard", work.Output);
        var (codebook, side) = SizesOf(context);
        var metadata = new Dictionary<string, string> { [TokenShardLayout.Tokenizer] = work.Tokenizer.Sha256 };
        if (work.Dataset is { } dataset) metadata["dataset"] = dataset;
        TokenShardWriter? made = null;
        // A file may have a hundred thousand pictures.
        context.Unjudged(() => made = SavedTokens.ReadAsync(
            work.Location, work.File, codebook, metadata, done => context.Progress(new WorkProgress(done, done, "image")),
            context.Interrupted, context.Imports).GetAwaiter().GetResult());
        var shard = made!;
        if (shard.Height != side)
            throw Bad($"its pictures have {shard.Height}x{shard.Width} codes, and the tokenizer makes {side}x{side}. Name the tokenizer "
                + "that they were made with, for pictures of that size");
        var (bitmap, largest) = shard.Summary(codebook);
        if (work.Classes is { } classes && largest >= classes)
            throw Bad($"a picture is of class {largest}, and the dataset has {classes} classes. Name the dataset that they were made from");
        context.ThrowIfInterrupted();
        return WorkJson.Write(new ImportTokensResult(
            new TokenizeShardResult
            {
                File = context.WriteResult(work.Output, shard.WriteTo),
                Images = shard.Count,
                Height = shard.Height,
                Width = shard.Width,
                Codebook = codebook,
                CodeBitmap = bitmap,
            },
            largest));
    }

    private (int Codebook, int Side) SizesOf(WorkContext context)
    {
        using var scope = NewDisposeScope();
        using var borrowed = context.Tokenizer(work.Tokenizer);
        var (settings, data) = (borrowed.Value.Model.Settings, borrowed.Value.Specification.Data);
        return (settings.Codebook, data.ImageSize / settings.Downsampling);
    }

    private BadInputException Bad(string found) => new($"Reading the tokens {work.Location}/{work.File}: {found}.");
}
