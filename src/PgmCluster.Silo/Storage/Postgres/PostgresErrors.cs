using System.Net.Sockets;
using Npgsql;

namespace PgmCluster.Silo.Storage.Postgres;

/// <summary>Turns what PostgreSQL and its driver report into one clear line.</summary>
internal static class PostgresErrors
{
    private const string AdminShutdown = "57P01", CrashShutdown = "57P02", StartingUp = "57P03", TooManyConnections = "53300",
        DiskFull = "53100",
        WrongPassword = "28P01", NotPermittedToConnect = "28000", NoSuchDatabase = "3D000", NotPermitted = "42501", ReadOnly = "25006",
        LockTimeout = "55P03", Deadlock = "40P01", InputOutput = "58030",
        ProtocolViolation = "08P01";

    /// <summary>
    /// The error of the driver inside <paramref name="exception"/>, however deep, or null. A server name that cannot be resolved counts as
    /// one.
    /// </summary>
    public static Exception? Find(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is NpgsqlException or SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData })
                return e;
            if (e is AggregateException aggregate)
            {
                return aggregate.InnerExceptions.Select(Find).FirstOrDefault(found => found is not null);
            }
        }
        return null;
    }

    /// <summary>True where the server is not there, or not yet: waiting may help.</summary>
    /// <param name="error">From <see cref="Find"/>.</param>
    public static bool IsAway(Exception error) => Kind(error) is StateDatabaseFailure.Unreachable or StateDatabaseFailure.Busy;

    /// <summary>
    /// One line, without the driver's exception inside: a client in another process could not read it, and would see that instead.
    /// </summary>
    /// <param name="attempt">What was attempted, as in "open the state database".</param>
    /// <param name="name">Database and server.</param>
    /// <param name="error">From <see cref="Find"/>.</param>
    public static StateDatabaseException Describe(string attempt, string name, Exception error)
    {
        var what = $"Trying to {attempt} {name}";
        var found = Found(error);
        var kind = Kind(error);
        return new StateDatabaseException(kind, kind switch
        {
            StateDatabaseFailure.Unreachable =>
                $"{what}: the server does not answer ({found}). "
                + "Check that PostgreSQL runs there and that Host and Port of the connection string are right; "
                + "it is tried again when it is next needed.",
            StateDatabaseFailure.Busy =>
                $"{what}: the server is busy ({found}). Try again; "
                + "if it repeats, look for long transactions in pg_stat_activity or raise max_connections.",
            StateDatabaseFailure.AccessDenied =>
                $"{what}: the server refuses the user ({found}). "
                + "Check Username and Password of the connection string, and the server's pg_hba.conf.",
            StateDatabaseFailure.NotADatabase =>
                $"{what}: the server has no such database ({found}). Create it, or correct Database in the connection string.",
            StateDatabaseFailure.NotWritable =>
                $"{what}: the user may not write there ({found}). Grant it what that names: CREATE on the schema, or SELECT, INSERT, UPDATE and "
                + "DELETE on the tables; or make it their owner. A standby server cannot be used.",
            StateDatabaseFailure.DiskFull =>
                $"{what}: the server's disk is full ({found}). Free space on it, then try again; nothing that was acknowledged is lost.",
            StateDatabaseFailure.InputOutput => $"{what}: the server reported an input/output error ({found}). Check its disk and its log.",
            _ when IsStatementPooling(error) =>
                $"{what}: a pooler before the server takes no transactions ({found}). Set pool_mode = transaction for this database in PgBouncer, "
                + "or connect to the server itself.",
            _ => $"{what}: {found}.",
        });
    }

    private static StateDatabaseFailure Kind(Exception error) => error switch
    {
        PostgresException { SqlState: AdminShutdown or CrashShutdown or StartingUp } => StateDatabaseFailure.Unreachable,
        PostgresException { SqlState: TooManyConnections or LockTimeout or Deadlock } => StateDatabaseFailure.Busy,
        PostgresException { SqlState: WrongPassword or NotPermittedToConnect } => StateDatabaseFailure.AccessDenied,
        PostgresException { SqlState: NoSuchDatabase } => StateDatabaseFailure.NotADatabase,
        PostgresException { SqlState: NotPermitted or ReadOnly } => StateDatabaseFailure.NotWritable,
        PostgresException { SqlState: DiskFull } => StateDatabaseFailure.DiskFull,
        PostgresException { SqlState: InputOutput } => StateDatabaseFailure.InputOutput,
        PostgresException when IsStatementPooling(error) => StateDatabaseFailure.Other,
        PostgresException { SqlState: ['0', '8', ..] } => StateDatabaseFailure.Unreachable,
        PostgresException => StateDatabaseFailure.Other,
        SocketException => StateDatabaseFailure.Unreachable,
        _ when HoldsFailureOfTheConnection(error) => StateDatabaseFailure.Unreachable,
        _ => StateDatabaseFailure.Other,
    };

    // PgBouncer has one SQLSTATE for all that it says itself, also for a server that is away.
    private static bool IsStatementPooling(Exception error) => error is PostgresException { SqlState: ProtocolViolation } postgres
        && postgres.MessageText.Contains("statement pooling mode", StringComparison.Ordinal);

    // The driver wraps what broke the connection; its own complaints (no password given, no TLS offered) have no such cause.
    private static bool HoldsFailureOfTheConnection(Exception error)
    {
        for (var e = error.InnerException; e is not null; e = e.InnerException)
        {
            if (e is SocketException or IOException or TimeoutException) return true;
        }
        return false;
    }

    // Messages of the server name roles, databases and tables, never values of the connection string that are secret.
    private static string Found(Exception error) => error switch
    {
        PostgresException postgres => $"{OneLine(postgres.MessageText)}, SQLSTATE {postgres.SqlState}",
        _ => OneLine((error.InnerException ?? error).Message),
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
