using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Tls;
using PgmCluster.Faults;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using PgmCluster.Tls;

namespace PgmCluster.Cluster.Tests.Tls;

/// <summary>Silos in processes of their own that know each other, and their clients, by certificates.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TlsClusterTests : IAsyncLifetime
{
    private const string Silo = "silo", Gateway = "gateway", Data = "data", Health = "health";

    private readonly LocalCluster _cluster = new(database: null, tls: true);
    private readonly Gates _gates = Gates.Create();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _gates.Dispose();
    }

    [Fact]
    public async Task EveryPort_RefusesWhoDoesNotBelong_AndSaysWhyInTheLog()
    {
        var ports = new[] { Silo, Gateway, Data, Health }.ToDictionary(name => name, _ => FreePort.Take());
        await _cluster.StartAsync(SiloPlan.Device("one") with
        {
            Environment = ports.ToDictionary(
                p => $"PGM_{p.Key.ToUpperInvariant()}PORT", p => (string?)p.Value.ToString(CultureInfo.InvariantCulture)),
        });
        // A port that this list does not know would not be tried below.
        Assert.Equal(ports.Values.Order(), Visitor.PortsOf(_cluster["one"].ProcessId));
        var own = _cluster.Authority!.Directory;
        var other = TlsAuthority.Create(Path.Combine(_cluster.Directory, "other-tls"), TimeProvider.System).Directory;
        X509Certificate2 Of(string authority, string name) => Visitor.Of(Path.Combine(authority, name));
        var service = new Visitor("a service", "has the role service, and silo is needed here") { Certificate = Of(own, "service") };
        Visitor[] strangers =
        [
            new("plain", "it does not speak TLS") { IsPlain = true },
            new("without a certificate", "no certificate"),
            new("of another authority", "is of an authority that is not trusted here") { Certificate = Of(other, "silo") },
            new("ended", "certificate 'ended' is not valid now") { Certificate = Visitor.Ended(own) },
            new("of TLS 1.2", "it has no TLS 1.3") { Certificate = Of(own, "silo"), Protocol = SslProtocols.Tls12 },
        ];

        foreach (var port in new[] { Silo, Gateway, Data })
        {
            foreach (var visitor in port == Gateway ? strangers : [.. strangers, service])
            {
                Assert.True(await visitor.KnockAsync(ports[port]) == 0, $"The {port} port answered somebody {visitor.Name}.");
                var refused = $"Refused a connection to the {port} port from 127.0.0.1:";
                await Until.Holds(
                    $"the log says that somebody {visitor.Name} was refused at the {port} port",
                    () => Task.FromResult(_cluster["one"].ReadLog().Split('\n')),
                    lines => lines.Any(line => line.Contains(refused, StringComparison.Ordinal)
                        && line.Contains(visitor.Said, StringComparison.Ordinal)));
            }
        }
        Assert.DoesNotContain("AuthenticationException", _cluster["one"].ReadLog());
        // It tells everybody one word, and takes nothing.
        Assert.True(await strangers[0].KnockAsync(ports[Health]) > 0);
        // Who belongs is let in as before.
        await using var connection = await _cluster.ConnectAsync();
        Assert.Null(await connection.Client.GetGrain<ICatalogGrain>("jobs").Find("nothing"));
    }

    [Fact]
    public async Task Run_MemberIsKilled_GivesTheWeightsOfOneWorker_OverTls()
    {
        var plans = new[] { SiloPlan.Control(), SiloPlan.Device("a"), SiloPlan.Device("b") }
            .Select(plan => plan with { Environment = _gates.Variables }).ToArray();
        await _cluster.StartAsync(plans[0]);
        await _cluster.StartAsync(plans[1..]);
        await using var connection = await _cluster.ConnectAsync("control");
        await connection.Client.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 1000,
        });
        var alone = connection.Client.GetGrain<ITrainingRunGrain>("alone");
        await alone.Start(Training(workers: 1));
        await alone.ToCompletionAsync();

        var run = connection.Client.GetGrain<ITrainingRunGrain>("shared");
        var leash = _gates.Leash("shared", 3);
        await run.Start(Training(workers: 2));
        await using var steps = new StepObserver(run);
        await Until.Holds(
            "both are members and do steps", async () => (await run.GetDetails()).Formations, formations =>
            {
                if (formations is not [.., { Members: 2 } last]) return false;
                leash.LetDo(Math.Max(0, last.Step) + 3);
                return steps.Done >= Math.Max(0, last.Step) + 2;
            });
        await _cluster["b"].KillAsync();
        leash.LetGo();
        await run.ToCompletionAsync();
        await steps.AtRest;

        var (details, expected) = (await run.GetDetails(), (await alone.GetDetails()).Result!);
        Assert.Equal(
            (expected.WeightsSha256, expected.OptimizerSha256, expected.FinalLoss),
            (details.Result!.WeightsSha256, details.Result.OptimizerSha256, details.Result.FinalLoss));
        Assert.Equal(1, details.Formations[^1].Members);
        Assert.Equal(0, steps.StepsLost(details.Formations));
    }

    private static TrainingRequest Training(int workers) => new()
    {
        Preset = "tokenizer-smoke",
        Dataset = "fashion",
        Seed = 7,
        MinWorkers = 1,
        MaxWorkers = workers,
        Set = new Dictionary<string, string>
        {
            ["training.steps"] = "40",
            ["training.microBatches"] = "8",
            ["training.batchSize"] = "8",
            ["training.warmUp"] = "5",
            ["training.checkpointSeconds"] = "0.2",
        },
    };
}
