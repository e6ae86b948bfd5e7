using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Tokenization;

/// <inheritdoc cref="IFormerShard"/>
/// <remarks>
/// In versions without units it was the owner of its work. It hands over what it knew, and hands on what devices still report of work that
/// was queued then.
/// </remarks>
[GrainType("tokenizationshard"), PreferControlSilo(Returns = true)]
public sealed class TokenizationShardGrain(
    [PersistentState("tokenization-shard", "Default")] IPersistentState<TokenizationShardState> state) : Grain, IFormerShard, IWorkOwner
{
    Task<WorkRecord> IFormerShard.GetRecord() => Task.FromResult(Record());

    public async Task<bool> Report(WorkReport report)
    {
        var unit = GrainFactory.GetGrain<IWorkUnitGrain>(this.GetPrimaryKeyString());
        // The job may not have been activated yet.
        await unit.TakeOver(Record());
        return await unit.AsReference<IWorkOwner>().Report(report);
    }

    private WorkRecord Record() => new()
    {
        Generation = state.State.Generation,
        Losses = state.State.Losses,
        FaultedOn = state.State.FaultedOn,
        Result = state.State.Result is { Shard: { } shard } result ? ResultOf(shard, result) : null,
    };

    private static string ResultOf(TokenShardInfo shard, TokenShardNews result) => WorkJson.Write(new TokenizeShardResult
    {
        File = shard.File.ToInfo(),
        Images = shard.Images,
        Height = result.Height,
        Width = result.Width,
        Codebook = result.Codebook,
        CodeBitmap = result.CodeBitmap ?? [],
    });
}
