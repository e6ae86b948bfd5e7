using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace PgmCluster.Silo.TestHost;

public sealed class ProbeGrain(
    [PersistentState("probe")] IPersistentState<ProbeState> state,
    IOptions<Orleans.Configuration.SiloOptions> silo) : Grain, IProbeGrain
{
    private int _held;

    public async Task<int> Write(string text)
    {
        state.State = state.State with { Text = text, Count = state.State.Count + 1, Phase = ProbePhase.Running };
        await state.WriteStateAsync();
        return state.State.Count;
    }

    public Task<ProbeReading> Read() =>
        Task.FromResult(new ProbeReading(state.State.Text, state.State.Count, state.RecordExists, silo.Value.SiloName));

    public async Task WriteMany(int count)
    {
        for (var i = 0; i < count; i++) await Write($"write {i}");
    }

    public Task Clear() => state.ClearStateAsync();

    public Task<string[]> GetContext() => Task.FromResult(RequestContext.Keys.Order(StringComparer.Ordinal).ToArray());

    public Task<string[]> GetOwnContext() => GetContext();

    public Task<string[]> Relay(string other) => GrainFactory.GetGrain<IProbeGrain>(other).GetOwnContext();

    public async IAsyncEnumerable<int> Count([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        yield return 1;
    }

    public async Task Hold(CancellationToken cancellation)
    {
        _held++;
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _held--;
    }

    public Task<int> GetHeld() => Task.FromResult(_held);
}
