using PgmCluster.Data;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tokenization;

/// <summary>Work item <see cref="WorkKinds.TokenizeShard"/>: one shard, the same bytes whoever makes it.</summary>
public sealed class TokenizeShardItem(TokenizeShardWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Threads);
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tokenizer = ModelFiles.Tokenizer(context.Artifacts, work.Tokenizer);
        using var images = new PreparedImages(work.Images, tokenizer.Specification.Data.ImageSize);
        var codebook = tokenizer.Model.Settings.Codebook;
        var side = images.Size / tokenizer.Model.Settings.Downsampling;
        var writer = new TokenShardWriter(side, side, images.Count);
        writer.Metadata["tokenizer"] = work.Tokenizer.Sha256;
        writer.Metadata["dataset"] = work.Images.ContentSha256;
        var bitmap = new byte[(codebook + 7) / 8];
        var cells = side * side;
        var codes = new ushort[cells];
        for (var first = 0; first < images.Count; first += work.BatchSize)
        {
            context.ThrowIfInterrupted();
            using var batchScope = NewDisposeScope();
            var indices = Enumerable.Range(first, Math.Min(work.BatchSize, images.Count - first)).ToArray();
            var batch = tokenizer.Model.Tokenize(images.Batch(indices)).data<long>().ToArray();
            for (var i = 0; i < indices.Length; i++)
            {
                for (var c = 0; c < cells; c++)
                {
                    var code = (ushort)batch[i * cells + c];
                    codes[c] = code;
                    bitmap[code / 8] |= (byte)(1 << (code % 8));
                }
                writer.Add(codes, images.Label(indices[i]));
            }
            context.Progress(new WorkProgress(first + indices.Length, images.Count, "image"));
        }
        context.ThrowIfInterrupted();
        var file = context.Artifacts.WriteAsync(work.Output, (stream, _) => { writer.WriteTo(stream); return Task.CompletedTask; }, default).GetAwaiter().GetResult();
        return WorkJson.Write(new TokenizeShardResult { File = file, Images = images.Count, Height = side, Width = side, Codebook = codebook, CodeBitmap = bitmap });
    }
}
