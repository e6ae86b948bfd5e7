using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace PgmCluster.Silo.TestHost;

public sealed class ProbeGrain(
    [PersistentState("probe")] IPersistentState<ProbeState> state,
    IOptions<Orleans.Configuration.SiloOptions> silo) : Grain, IProbeGrain, IRemindable
{
    private int _fired;

    public async Task<int> Write(string text)
    {
        state.State = state.State with { Text = text, Count = state.State.Count + 1, Phase = ProbePhase.Running };
        await state.WriteStateAsync();
        return state.State.Count;
    }

    public Task<ProbeReading> Read() =>
        Task.FromResult(new ProbeReading(state.State.Text, state.State.Count, state.RecordExists, silo.Value.SiloName, _fired));

    public async Task WriteMany(int count)
    {
        for (var i = 0; i < count; i++) await Write($"write {i}");
    }

    public Task Clear() => state.ClearStateAsync();

    public Task Remind(string name, TimeSpan due) => this.RegisterOrUpdateReminder(name, due, TimeSpan.FromMinutes(1));

    public async Task<string[]> Reminders() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order()];

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        _fired++;
        return Task.CompletedTask;
    }
}
