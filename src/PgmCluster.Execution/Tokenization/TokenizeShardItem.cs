using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tokenization;

/// <summary>Work item <see cref="WorkKinds.TokenizeShard"/>: one shard, the same bytes whoever makes it.</summary>
public sealed class TokenizeShardItem(TokenizeShardWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        FaultPoint.Reached("shard", work.Output);
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Threads), work.Threads, context.Device.Name);
        using var scope = NewDisposeScope();
        using var borrowed = context.Tokenizer(work.Tokenizer);
        var tokenizer = borrowed.Value;
        using var images = new PreparedImages(work.Images, tokenizer.Specification.Data.ImageSize, context, work.SkipBad);
        var codebook = tokenizer.Model.Settings.Codebook;
        var side = images.Size / tokenizer.Model.Settings.Downsampling;
        var writer = new TokenShardWriter(side, side, images.Count);
        writer.Metadata[TokenShardLayout.Tokenizer] = work.Tokenizer.Sha256;
        if (work.ByPictures) writer.Metadata["pictures"] = images.Identify();
        else writer.Metadata["dataset"] = work.Images.ContentSha256;
        if (work.Flip) writer.Metadata["flipped"] = "true";
        var cells = side * side;
        using var pictures = new ImageBatches(images, work.BatchSize, context.Device, lanes.Count, work.Flip);
        var batches = new long[pictures.Count][];
        var done = 0;
        lanes.RunInOrder(batches.Length, (batch, _) =>
        {
            context.ThrowIfInterrupted();
            using var batchScope = NewDisposeScope();
            using var inference = inference_mode();
            using var inputs = pictures.Take(batch);
            batches[batch] = HostRead.Values<long>(tokenizer.Model.Tokenize(inputs.Pixels()));
            context.Progress(new WorkProgress(Interlocked.Add(ref done, pictures.Indices(batch).Length), images.Count, "image"));
        });
        var codes = new ushort[cells];
        for (var image = 0; image < images.Count; image++)
        {
            if (images.Bad.Contains(image)) continue;
            var batch = batches[image / work.BatchSize];
            for (var c = 0; c < cells; c++) codes[c] = (ushort)batch[image % work.BatchSize * cells + c];
            writer.Add(codes, images.Label(image));
        }
        context.ThrowIfInterrupted();
        var file = context.WriteResult(work.Output, writer.WriteTo);
        return WorkJson.Write(
            new TokenizeShardResult
            {
                File = file,
                Images = writer.Count,
                Flipped = work.Flip,
                Skipped = images.Bad.Known,
                Height = side,
                Width = side,
                Codebook = codebook,
                CodeBitmap = writer.Summary(codebook).CodeBitmap,
            });
    }
}
