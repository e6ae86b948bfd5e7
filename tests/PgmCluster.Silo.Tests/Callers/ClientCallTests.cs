using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Training;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Silo.Tests.Callers;

/// <summary>What a client may call, and that everything else is refused: each method there is, called through a gateway.</summary>
public sealed class ClientCallTests(CallersFixture cluster) : IClassFixture<CallersFixture>
{
    /// <summary>A timer whose tick is refused never fires again.</summary>
    [Fact]
    public void Log_OfASiloAtWork_HasNoTickOfItsOwnTimersRefused() => Assert.DoesNotContain("IGrainTimerInvoker", cluster.ReadLog());

    [Fact]
    public async Task MethodsForSilos_CalledByAClient_AreDenied()
    {
        var methods = GrainMethods.OfGrains.Where(m => !m.IsForClients).ToList();
        Assert.Superset(
            new HashSet<string>
            {
                "Report", "Meet", "Attend", "Run", "Stop", "Renew", "Submit", "Withdraw", "Announce", "Released", "Heard", "Refused",
                "Wake",
                "Put", "Remove", "Record", "Delete", "TakeOver", "UnitChanged", "WakeSoon",
            },
            methods.Select(m => m.Method.Name).ToHashSet());

        foreach (var (type, contract, method, _) in methods)
        {
            var outcome = await GrainMethods.Call(GrainMethods.Reference(cluster.Client, contract, "local/cpu:0", type), method);
            Assert.True(
                GrainMethods.IsDenied(outcome),
                $"{contract.Name}.{method.Name} of {type.Name}: {outcome?.ToString() ?? "it was answered"}");
            Assert.DoesNotContain('\n', outcome!.Message);
        }
    }

    [Fact]
    public async Task MethodsForClients_CalledByAClient_AreNotDenied()
    {
        var methods = GrainMethods.OfGrains.Where(m => m.IsForClients).ToList();
        Assert.Superset(
            new HashSet<string> { "Start", "GetStatus", "Watch", "Cancel", "GetQueue", "GetDevices", "Page", "Register", "Delete", "Read" },
            methods.Select(m => m.Method.Name).ToHashSet());

        foreach (var (type, contract, method, _) in methods)
        {
            var outcome = await GrainMethods.Call(GrainMethods.Reference(cluster.Client, contract, "x", type), method);
            Assert.False(GrainMethods.IsDenied(outcome), $"{contract.Name}.{method.Name} of {type.Name}: {outcome}");
        }
    }

    [Fact]
    public void MethodsForClients_ThatChangeSomething_AreAudited()
    {
        // A part that is appended changes nothing until the whole is completed, and a line for each would be thousands.
        string[] reading = ["Get", "List", "Page", "Find", "Watch", "Read", "Resolve", "Append"];
        foreach (var (_, contract, method, _) in GrainMethods.OfGrains.Where(m => m.IsForClients))
        {
            Assert.True(
                method.IsDefined(typeof(AuditedAttribute)) != reading.Any(r => method.Name.StartsWith(r, StringComparison.Ordinal)),
                $"{contract.Name}.{method.Name}: mark what changes something [Audited], and what does not by its name");
        }
    }

    [Fact]
    public async Task ACallThatChangesSomething_IsLogged_WithItsOutcome()
    {
        var run = cluster.Client.GetGrain<ITrainingRunGrain>("audited-run");
        var refused = await Assert.ThrowsAsync<NotFoundException>(run.Cancel);
        await Assert.ThrowsAsync<NotFoundException>(run.GetStatus);

        await Until.Holds(
            "the log tells of the call", () => Task.FromResult(cluster.ReadLog()),
            log => log.Contains($"Cancel of {run.GetGrainId()}: refused ({refused.Code})", StringComparison.Ordinal));
        var line = Assert.Single(cluster.ReadLog().Split('\n'), l => l.Contains($"of {run.GetGrainId()}:", StringComparison.Ordinal));
        Assert.Contains("AuditLog local, by sys.client/", line);
    }

    [Fact]
    public async Task AuditLog_OfAKeyWithLinesOfItsOwn_IsOneLine()
    {
        var run = cluster.Client.GetGrain<ITrainingRunGrain>("forged\n12:00 AuditLog root" + new string('x', 300));
        await Assert.ThrowsAnyAsync<PgmException>(run.Cancel);

        await Until.Holds(
            "the log tells of the call", () => Task.FromResult(cluster.ReadLog()),
            log => log.Contains("(as it says): Cancel of trainingrun/forged?12:00 AuditLog rootxxx", StringComparison.Ordinal));
        var line = Assert.Single(cluster.ReadLog().Split('\n'), l => l.Contains("forged?12:00", StringComparison.Ordinal));
        Assert.DoesNotContain(new string('x', 200), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACancellationOfASilosCall_ByAClient_IsRefused()
    {
        var contract = AppDomain.CurrentDomain.GetAssemblies()
            .Select(a => a.GetType("Orleans.Runtime.IGrainCallCancellationExtension")).First(t => t is not null)!;
        var target = SystemTargets.Reference(cluster.Client, cluster.Client.GetGrain<IProbeGrain>("spared").GetGrainId(), contract);
        foreach (var method in contract.GetMethods())
        {
            var hosted = GrainId.Create("sys.client", "hosted-127.0.0.1:1@1");
            method.Invoke(target, [.. method.GetParameters().Select(p => p.ParameterType == typeof(GrainId) ? hosted : (object?)null)]);
        }

        await Until.Holds(
            "the log tells of the refusal", () => Task.FromResult(cluster.ReadLog()),
            log => log.Contains("IGrainCallCancellationExtension.", StringComparison.Ordinal)
                && log.Contains("was refused to a caller without a proof", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ManagementGrain_CalledByAClient_IsDenied()
    {
        var management = cluster.Client.GetGrain<IManagementGrain>(0);
        foreach (var method in typeof(IManagementGrain).GetInterfaces().Append(typeof(IManagementGrain)).SelectMany(i => i.GetMethods()))
        {
            var outcome = await GrainMethods.Call(management, method);
            Assert.True(GrainMethods.IsDenied(outcome), $"{method.Name}: {outcome?.ToString() ?? "it was answered"}");
        }

        Assert.Single(await cluster.Silo.Grains.GetGrain<IManagementGrain>(0).GetHosts());
    }

    [Fact]
    public async Task SystemTargets_CalledByAClient_AreDenied_ButForTheManifest()
    {
        var targets = SystemTargets.Of(cluster.Silo.Services).ToList();
        Assert.Superset(new HashSet<string> { "ISiloControl", "IMembershipService", "IRemoteClientDirectory",
            "IClusterManifestSystemTarget" },
            targets.Select(t => t.Interface.Name).ToHashSet());
        var called = 0;
        foreach (var (id, contract) in targets)
        {
            var target = SystemTargets.Reference(cluster.Client, id, contract);
            foreach (var method in contract.GetInterfaces().Append(contract).SelectMany(i => i.GetMethods()).Where(
                m => !GrainMethods.IsOneWay(m)))
            {
                var outcome = await GrainMethods.Call(target, method);
                Assert.True(
                    GrainMethods.IsDenied(outcome) == (contract.Name != "IClusterManifestSystemTarget"),
                    $"{contract.Name}.{method.Name}: {outcome?.ToString() ?? "it was answered"}");
                called++;
            }
        }
        Assert.InRange(called, 30, 1000);
    }

    [Fact]
    public async Task AStreamForSilos_AskedForByAClient_IsDenied()
    {
        var refused = await Assert.ThrowsAsync<PgmException>(async () =>
        {
            await foreach (var _ in cluster.Client.GetGrain<IProbeGrain>("stream").Count(default)) break;
        });

        Assert.Equal(PgmErrorCode.Denied, refused.Code);
        await foreach (var number in cluster.Silo.Grains.GetGrain<IProbeGrain>("stream").Count(default)) Assert.Equal(1, number);
    }

    [Fact]
    public async Task RequestContext_OfAClient_GoesNoFurther_AndAProofIsSeenByNobody()
    {
        var probe = cluster.Client.GetGrain<IProbeGrain>("context");
        RequestContext.Set("pgm.proof", new byte[32]);
        RequestContext.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        RequestContext.Set("user", "root");
        try
        {
            var refused = await Assert.ThrowsAsync<PgmException>(probe.GetOwnContext);
            Assert.Equal(PgmErrorCode.Denied, refused.Code);
            Assert.Equal(["traceparent"], await probe.GetContext());
            Assert.Equal(["traceparent"], await probe.Relay("another"));
        }
        finally
        {
            RequestContext.Clear();
        }
        Assert.Empty(await cluster.Silo.Grains.GetGrain<IProbeGrain>("context").GetOwnContext());
    }

    [Fact]
    public async Task AClientsCancellation_ReachesItsCall()
    {
        var probe = cluster.Client.GetGrain<IProbeGrain>("held");
        using var cancel = new CancellationTokenSource();
        var held = probe.Hold(cancel.Token);
        await Until.Holds("the call is under way", probe.GetHeld, n => n == 1);

        await cancel.CancelAsync();

        await Until.Holds("the call has ended", probe.GetHeld, n => n == 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
    }
}
