using PgmCluster.Data;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Likelihood;

/// <summary>Work item <see cref="WorkKinds.LikelihoodChunk"/>.</summary>
public sealed class LikelihoodChunkItem(LikelihoodChunkWork work) : IWorkItem
{
    private const string OtherTokens = "Name tokens that the model's tokenizer made.";

    private string Attempt => $"Computing the likelihood under {work.Model.Name}";

    public string Run(WorkContext context)
    {
        FaultPoint.Reached("likelihood", work.Model.Name, step: work.First);
        context.Device.Require(Precisions.TypeOf(work.Precision));
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Threads), work.Threads, context.Device.Name);
        using var scope = NewDisposeScope();
        using var model = context.Generative(work.Model, work.UseEma, work.Precision);
        using var tokens = TokenFiles.Open(context, work.Shards, (shard, made) => DataClaims.RequireTokenizer(
            shard, made, work.Tokenizer, Attempt, OtherTokens));
        Require(model.Value, tokens);
        var plan = new RevealPlan(work.Order, work.Steps, work.Curve, tokens.Height, tokens.Width);
        var nats = new double[work.Count];
        var done = 0;
        lanes.Run((work.Count + work.BatchSize - 1) / work.BatchSize, (batch, _) =>
        {
            context.ThrowIfInterrupted();
            var first = batch * work.BatchSize;
            var values = nats.AsSpan(first, Math.Min(work.BatchSize, work.Count - first));
            Compute(context.Device.Torch, model.Value, tokens, plan, first, values);
            context.Progress(new WorkProgress(Interlocked.Add(ref done, values.Length), work.Count, "image"));
        });
        return WorkJson.Write(new LikelihoodChunkResult(Moments.Of(nats), plan.Counts));
    }

    private void Compute(Device device, LoadedTokenModel model, TokenDataset tokens, RevealPlan plan, int first, Span<double> nats)
    {
        using var scope = NewDisposeScope();
        var (codes, labels, rolls) = (new long[nats.Length * plan.Tokens], new long[nats.Length], new int[nats.Length]);
        for (var i = 0; i < nats.Length; i++)
        {
            var image = work.Sample[work.First + first + i];
            var place = codes.AsSpan(i * plan.Tokens, plan.Tokens);
            var read = tokens.Codes(image - work.FirstOfShards);
            for (var cell = 0; cell < place.Length; cell++) place[cell] = read[cell];
            labels[i] = tokens.Label(image - work.FirstOfShards);
            rolls[i] = DerivedSeed.Below(DerivedSeed.Of(work.Seed, RandomPurpose.Likelihood, image, 1), plan.Tokens);
        }
        var logarithms = TokenLikelihood.Of(
            model.Model, tensor(codes, [nats.Length, plan.Tokens], dtype: int64, device: device),
            tensor(labels, dtype: int64, device: device), plan, rolls);
        var values = HostRead.Values<double>(logarithms);
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new BadInputException(
                    $"{Attempt}: image {work.Sample[work.First + first + i]} has the log-probability "
                    + $"{values[i]}, so the weights hold numbers that are none. Name a run that did not diverge.");
            nats[i] = -values[i];
        }
    }

    private void Require(LoadedTokenModel model, TokenDataset tokens)
    {
        var data = model.Specification.Data;
        if ((tokens.Height, tokens.Width) != (data.Height, data.Width))
            throw new BadInputException(
                $"{Attempt}: the tokens are grids of {tokens.Height} x {tokens.Width}, the model's "
                + $"are {data.Height} x {data.Width}. {OtherTokens}");
        tokens.Require(model.Model.Codebook, DataClaims.ClassesOf(model.Specification) ?? int.MaxValue);
    }
}
