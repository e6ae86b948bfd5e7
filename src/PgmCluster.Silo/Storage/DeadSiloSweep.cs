using System.Data.Common;
using System.Net;
using System.Net.Sockets;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Tidies the membership table before a silo joins. A silo that was killed stays "active" there, and a new one would wait
/// for it to miss its probes; on one machine a refused connection proves at once that nobody listens any more.
/// </summary>
internal static class DeadSiloSweep
{
    private const int Dead = 6;

    /// <summary>A refusal comes at once, but a process that starts on a busy machine hears of it late.</summary>
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_keepDead = TimeSpan.FromDays(1);

    /// <param name="database">With the table.</param>
    /// <param name="clusterId">Whose silos.</param>
    /// <param name="own">
    /// Where the silo is going to be reached, if that is known. A predecessor there is tried like those on loopback: a silo that finds an
    /// entry of its own address from a later time than its own, since the clock was set back in between, takes itself for the older one and
    /// ends.
    /// </param>
    /// <param name="clock">The database's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many silos were declared dead.</returns>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static async Task<int> RunAsync(
        IStateDatabase database, string clusterId, IPEndPoint? own, DatabaseClock clock, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = database.Connect();
            var refused = await Task.WhenAll(ReadMembersHere(connection, clusterId, own).Select(async member =>
                (member, IsRefused: await IsRefusedAsync(member.Endpoint, cancellationToken))));
            var swept = refused.Where(result => result.IsRefused).Sum(
                result => MarkDead(connection, database.MarkSiloDead, clusterId, result.member));
            DeleteOld(connection, clusterId, clock.Now.UtcDateTime - s_keepDead);
            return swept;
        }
        catch (Exception e) when (database.Describe("tidy the membership table in", e) is { } described)
        {
            throw described;
        }
    }

    private static List<Member> ReadMembersHere(DbConnection connection, string clusterId, IPEndPoint? own)
    {
        using var command = connection
            .Command("SELECT Address, Port, Generation, Status FROM PgmMember WHERE DeploymentId = @ClusterId AND Status <> @Dead",
            ("@ClusterId", clusterId), ("@Dead", Dead));
        using var reader = command.ExecuteReader();
        var members = new List<Member>();
        while (reader.Read())
        {
            if (!IPAddress.TryParse(reader.GetString(0), out var address)) continue;
            var endpoint = new IPEndPoint(address, reader.GetInt32(1));
            if (IPAddress.IsLoopback(address) || endpoint.Equals(own))
                members.Add(new Member(reader.GetString(0), endpoint, reader.GetInt32(2), reader.GetInt32(3)));
        }
        return members;
    }

    // Only a refusal is proof. A silo that is stopped or busy still accepts, or does not answer: the others judge that.
    private static async Task<bool> IsRefusedAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_connectTimeout);
        try
        {
            await socket.ConnectAsync(endpoint, timeout.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static int MarkDead(DbConnection connection, string statement, string clusterId, Member member)
    {
        return connection.Execute(statement,
            ("@ClusterId", clusterId), ("@Address", member.Address), ("@Port", member.Endpoint.Port), ("@Generation", member.Generation),
            ("@Seen", member.Status)) > 0
                ? 1
                : 0;
    }

    private static void DeleteOld(DbConnection connection, string clusterId, DateTime before)
    {
        connection.Execute("DELETE FROM PgmMember WHERE DeploymentId = @ClusterId AND Status = @Dead AND StartTime < @Before AND "
            + "IAmAliveTime < @Before",
            ("@ClusterId", clusterId), ("@Dead", Dead), ("@Before", before));
    }

    private sealed record Member(string Address, IPEndPoint Endpoint, int Generation, int Status);
}
