using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace PgmCluster.Silo.TestHost;

public sealed class ProbeGrain(
    [PersistentState("probe")] IPersistentState<ProbeState> state,
    IOptions<Orleans.Configuration.SiloOptions> silo) : Grain, IProbeGrain
{
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
}
