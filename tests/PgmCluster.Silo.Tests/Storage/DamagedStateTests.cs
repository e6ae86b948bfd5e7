using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.TestHost;
using Xunit.Abstractions;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>State that cannot be read is one line at the client, not the server's stack trace.</summary>
public sealed class DamagedStateTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Call_StateOfTheGrainIsDamaged_IsOneLineThatNamesIt()
    {
        using var home = new TemporaryHome();
        await using (var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(home.Path)))
            await silo.Grains.GetGrain<IProbeGrain>("p1").Write("hello");
        var database = StateDatabase.Open(home.DatabasePath);
        using (var connection = database.Connect())
            connection.Execute(
                "UPDATE PgmGrainState SET PayloadBinary = @Half WHERE GrainIdExtensionString = 'p1'", ("@Half", "{"u8.ToArray()));
        database.Release();
        await using var again = await PgmSiloHost.StartAsync(SiloFixture.Options(home.Path));
        await using var client = await SiloConnection.ConnectAsync(again.Endpoint);

        var e = await Record.ExceptionAsync(() => client.Client.GetGrain<IProbeGrain>("p1").Read());

        Assert.NotNull(e);
        output.WriteLine(e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.StartsWith("Trying to read the state of probe/p1: it is damaged", e.Message);
        Assert.Equal(PgmErrorCode.Internal, WireErrors.Of(e)?.Code);
    }
}
