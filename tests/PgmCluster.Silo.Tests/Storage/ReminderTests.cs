using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Storage;

public sealed class ReminderTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Reminder_Due_FiresAndIsListedUntilForgotten()
    {
        await using var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path));
        var grain = silo.Grains.GetGrain<IProbeGrain>("reminded");
        await grain.Remind("soon", TimeSpan.FromMilliseconds(100));
        await grain.Remind("later", TimeSpan.FromHours(1));

        await Eventually.Observe("reminder 'soon' has fired", grain.Read, reading => reading.Fired > 0);

        Assert.Equal(["later", "soon"], await grain.Reminders());
        await grain.Forget("soon");
        Assert.Equal(["later"], await grain.Reminders());
    }

    [Fact]
    public async Task Reminder_AfterARestart_IsListedOnceAndFires()
    {
        await using (var first = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path)))
        {
            // Registered again with another time: the stored row is replaced, not doubled.
            var grain = first.Grains.GetGrain<IProbeGrain>("overdue");
            await grain.Remind("wake", TimeSpan.FromHours(1));
            await grain.Remind("wake", TimeSpan.FromSeconds(4));
        }

        await using var second = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path));

        var again = second.Grains.GetGrain<IProbeGrain>("overdue");
        Assert.Equal(["wake"], await again.Reminders());
        // Due in a moment, or a minute later where the restart took longer than that.
        await Eventually.Observe(
            "the reminder fires after the restart", again.Read, reading => reading.Fired > 0, TimeSpan.FromSeconds(90));
    }
}
