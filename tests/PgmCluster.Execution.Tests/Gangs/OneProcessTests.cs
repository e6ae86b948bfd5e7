using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>A silo with all GPUs of a node: its devices are members of one gang and share what takes connections.</summary>
public class OneProcessTests
{
    [Fact]
    public async Task Join_EightDevicesOfOneSilo_AllMeet()
    {
        using var plane = new DataPlane(IPAddress.Loopback, options: PatientGang.Options);
        for (var generation = 1; generation <= 3; generation++)
        {
            var secret = RandomNumberGenerator.GetBytes(32);
            GangPeer[] peers = [.. Enumerable.Range(0, 8).Select(r => new GangPeer($"silo/cuda:{r}", plane.Address, -1))];
            var joins = Enumerable.Range(0, peers.Length).Select(rank => Task.Factory.StartNew(
                () => Gang.Join(
                    new GangSeat { RunId = "run", Generation = generation, Secret = secret, Rank = rank, Peers = peers, Begins = true }, plane),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));

            var gangs = await Task.WhenAll(joins);

            Assert.Equal(Enumerable.Range(0, 8), gangs.Select(g => g.Rank));
            await Task.WhenAll(gangs.Select(g => Task.Run(g.Dispose)));
        }
    }
}
