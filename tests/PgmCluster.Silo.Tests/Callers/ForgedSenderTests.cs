using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Protocol;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Silo.Tests.Callers;

/// <summary>
/// Messages of a client that say to come from a silo. No answer goes to their sender: what came of them is seen at the silo.
/// </summary>
public sealed class ForgedSenderTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallWithAForgedSender_IsAcceptedOnlyWhereOlderSilosAre(bool acceptOlder)
    {
        var options = SiloFixture.Options(_home.Path);
        options.AcceptOlderSilos = acceptOlder;
        await using var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        await using var honest = await SiloConnection.ConnectAsync(silo.Endpoint);
        await using var forger = await SiloConnection.ConnectAsync(silo.Endpoint);
        var devices = honest.Client.GetGrain<IDevicesGrain>("default");
        Assert.Empty(await devices.GetQueue());
        var foreign = new WorkAssignment
        {
            WorkId = "foreign",
            Generation = 1,
            Kind = "any",
            Document = "{}",
            Owner = honest.Client.GetGrain<IWorkOwner>("foreign", "PgmCluster.Grains.Jobs.Units.WorkUnitGrain"),
        };
        var log = new LogReader(_home.Path);

        // The scheduler itself, and the silo's own membership.
        foreach (var sender in new[] { honest.Client.GetGrain<IDeviceSchedulerGrain>("default").GetGrainId(), MembershipOf(silo) })
        {
            SystemTargets.Forge(forger.Client, sender);
            _ = forger.Client.GetGrain<IDeviceSchedulerGrain>("default").Submit(foreign).ContinueWith(
                t => t.Exception, TaskScheduler.Default);
            if (acceptOlder)
            {
                await Until.Holds(
                    "the foreign work is queued", devices.GetQueue, queue => queue.Any(w => w.WorkId == foreign.WorkId));
                continue;
            }
            await Until.Holds(
                "the silo says that it refused the call", () => Task.FromResult(log.ReadAll()),
                text => text.Contains("IDeviceSchedulerGrain.Submit of", StringComparison.Ordinal)
                    && text.Contains("was refused to a caller without a proof", StringComparison.Ordinal));
            Assert.Empty(await devices.GetQueue());
        }
        var refused = await Assert.ThrowsAsync<PgmException>(
            () => honest.Client.GetGrain<IDeviceSchedulerGrain>("default").Submit(foreign));
        Assert.Equal(PgmErrorCode.Denied, refused.Code);
    }

    private static GrainId MembershipOf(PgmSiloHost silo) =>
        SystemTargets.Of(silo.Services).First(t => t.Interface.Name == "IMembershipService").Id;
}
