using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;

namespace PgmCluster.Silo.Storage.Sqlite;

/// <summary>
/// Tidies the membership table before a silo joins. A silo that was killed stays "active" there, and a new one would wait
/// for it to miss its probes; on one machine a refused connection proves at once that nobody listens any more.
/// </summary>
internal static class DeadSiloSweep
{
    private const int Dead = 6;
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_keepDead = TimeSpan.FromDays(1);

    /// <returns>How many silos were declared dead.</returns>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static async Task<int> RunAsync(StateDatabase database, string clusterId, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = database.Connect();
            var refused = await Task.WhenAll(ReadLoopbackMembers(connection, clusterId).Select(async member =>
                (member, IsRefused: await IsRefusedAsync(member.Endpoint, cancellationToken))));
            var swept = refused.Where(result => result.IsRefused).Sum(result => MarkDead(connection, clusterId, result.member));
            DeleteOld(connection, clusterId, time.GetUtcNow().UtcDateTime - s_keepDead);
            return swept;
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Describe("tidy the membership table in", database.Path, e);
        }
    }

    private static List<Member> ReadLoopbackMembers(SqliteConnection connection, string clusterId)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Address, Port, Generation, Status FROM PgmMember WHERE DeploymentId = @ClusterId AND Status <> @Dead";
        command.Parameters.AddWithValue("@ClusterId", clusterId);
        command.Parameters.AddWithValue("@Dead", Dead);
        using var reader = command.ExecuteReader();
        var members = new List<Member>();
        while (reader.Read())
        {
            if (!IPAddress.TryParse(reader.GetString(0), out var address) || !IPAddress.IsLoopback(address)) continue;
            members.Add(new Member(reader.GetString(0), new IPEndPoint(address, reader.GetInt32(1)), reader.GetInt32(2), reader.GetInt32(3)));
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

    // The trigger on Status raises the table's version, so that silos still running read the change.
    private static int MarkDead(SqliteConnection connection, string clusterId, Member member)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            UPDATE PgmMember SET Status = @Dead
             WHERE DeploymentId = @ClusterId AND Address = @Address AND Port = @Port AND Generation = @Generation AND Status = @Seen
            """;
        command.Parameters.AddWithValue("@Dead", Dead);
        command.Parameters.AddWithValue("@ClusterId", clusterId);
        command.Parameters.AddWithValue("@Address", member.Address);
        command.Parameters.AddWithValue("@Port", member.Endpoint.Port);
        command.Parameters.AddWithValue("@Generation", member.Generation);
        command.Parameters.AddWithValue("@Seen", member.Status);
        return command.ExecuteNonQuery() > 0 ? 1 : 0;
    }

    private static void DeleteOld(SqliteConnection connection, string clusterId, DateTime before)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM PgmMember WHERE DeploymentId = @ClusterId AND Status = @Dead AND StartTime < @Before AND IAmAliveTime < @Before";
        command.Parameters.AddWithValue("@ClusterId", clusterId);
        command.Parameters.AddWithValue("@Dead", Dead);
        command.Parameters.AddWithValue("@Before", before);
        command.ExecuteNonQuery();
    }

    private sealed record Member(string Address, IPEndPoint Endpoint, int Generation, int Status);
}
