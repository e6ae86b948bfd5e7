using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Orleans.Storage;
using PgmCluster.Silo.Storage.Json;
using PgmCluster.Silo.Storage.Schema;

namespace PgmCluster.Silo.Storage.States;

/// <summary>
/// Reads and writes grain state in the rows of the framework's ADO.NET provider, by the same keys, which are part of the stored form. The
/// provider itself opens a connection and commits a transaction for each write, and has one statement for the first write and all others,
/// which PostgreSQL plans anew each time.
/// </summary>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
/// <param name="database">Its schema is up to date.</param>
/// <param name="writers">Of this process.</param>
internal sealed class GrainStateRows(string stateId, IStateDatabase database, WriterQueue writers)
{
    private const string OfGrain = """
         WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
           AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId AND GrainIdExtensionString = @GrainIdExtensionString
        """;

    private const string Select = $"SELECT PayloadBinary, Version FROM PgmGrainState\n{OfGrain}";

    private const string Insert = """
        INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
                                   PayloadBinary, Version, ModifiedAt)
        VALUES (@ServiceId, @GrainTypeString, @GrainTypeHash, @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString,
                @PayloadBinary, 1, now())
        ON CONFLICT DO NOTHING
        RETURNING Version
        """;

    // A write with a version never inserts: a row that somebody removed by hand is a conflict and not a fresh start.
    private const string Update = $"""
        UPDATE PgmGrainState SET PayloadBinary = @PayloadBinary, Version = Version + 1, ModifiedAt = now()
        {OfGrain}
           AND Version = @GrainStateVersion
        RETURNING Version
        """;

    /// <summary>Null where the database has one writer.</summary>
    private readonly StatementQueue? _queue = database.HasOneWriter ? null : new(database, TimeProvider.System);

    private readonly string _together = SqlScripts.Sqlite.Statements["WriteToStorageKey"];
    private readonly ExactKeyHasher _hasher = new();

    /// <summary>Whether <see cref="Read"/> reads what <see cref="Write"/> wrote; else the provider does.</summary>
    public bool CanRead => _queue is not null;

    /// <exception cref="JsonException">It cannot be read.</exception>
    public async Task Read<T>(string stateName, GrainId grainId, IGrainState<T> state)
    {
        var row = await _queue!.Ask(
            new Statement(Select, Key(stateName, grainId, state)),
            static reader => new Row(reader.IsDBNull(0) ? null : reader.GetFieldValue<byte[]>(0), VersionAt(reader, 1)));
        state.State = row?.Payload is { } payload ? JsonGrainStateSerializer.Read<T>(payload) : Activator.CreateInstance<T>();
        // What was cleared is no record, and keeps its version.
        (state.ETag, state.RecordExists) = (row?.Version, row?.Payload is not null);
    }

    /// <exception cref="InconsistentStateException">Somebody else has written it since it was read.</exception>
    public async Task Write<T>(string stateName, GrainId grainId, IGrainState<T> state)
    {
        var etag = state.ETag;
        var isFirst = string.IsNullOrWhiteSpace(etag);
        (string, object)[] parameters =
        [
            .. Key(stateName, grainId, state),
            ("@PayloadBinary", JsonSerializer.SerializeToUtf8Bytes(state.State, JsonGrainStateSerializer.Options)),
            ("@GrainStateVersion", isFirst ? DBNull.Value : int.Parse(etag!, CultureInfo.InvariantCulture)),
        ];
        var version = _queue is null
            ? await writers.Write(async transaction => Written(
                Convert.ToString(await transaction.Ask(_together, parameters), CultureInfo.InvariantCulture)))
            : Written(await _queue.Ask(
                isFirst ? new Statement(Insert, parameters[..^1]) : new Statement(Update, parameters),
                static reader => VersionAt(reader, 0)));
        (state.ETag, state.RecordExists) = (version, true);

        string Written(string? version) => string.IsNullOrEmpty(version) || version == etag
            ? throw new InconsistentStateException(
                $"Writing the state '{stateName}' of {grainId}: somebody else has written it after version {etag ?? "0"}. "
                + "It is to be read again.")
            : version;
    }

    private static string VersionAt(DbDataReader reader, int column) => reader.GetInt32(column).ToString(CultureInfo.InvariantCulture);

    private (string, object)[] Key<T>(string stateName, GrainId grainId, IGrainState<T> state)
    {
        var key = KeyOf(grainId);
        var hasher = _hasher.PickHasher(stateId, "", stateName, grainId, state);
        return
        [
            ("@ServiceId", stateId),
            ("@GrainTypeString", stateName),
            ("@GrainTypeHash", hasher.Hash(Encoding.UTF8.GetBytes(stateName))),
            ("@GrainIdHash", hasher.Hash(key.HashBytes)),
            ("@GrainIdN0", key.N0),
            ("@GrainIdN1", key.N1),
            ("@GrainIdExtensionString", (object?)key.Text ?? (database.HasOneWriter ? DBNull.Value : "")),
        ];
    }

    /// <summary>
    /// As the provider takes a key apart: a GUID, a hexadecimal number or text, each of the first two perhaps with text behind it.
    /// </summary>
    private static (long N0, long N1, string? Text, byte[] HashBytes) KeyOf(GrainId grainId)
    {
        if (grainId.TryGetGuidKey(out var guid, out var text))
        {
            var bytes = guid.ToByteArray();
            return (BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8), text, HashBytes(bytes, text));
        }
        if (grainId.TryGetIntegerKey(out var number, out text)) return (0, number, text, HashBytes(BitConverter.GetBytes(number), text));
        text = grainId.Key.ToString()!;
        return (0, 0, text, HashBytes([], text));
    }

    private static byte[] HashBytes(byte[] number, string? text)
    {
        byte[] bytes = [.. number, .. Encoding.UTF8.GetBytes(text ?? "")];
        // As machines of this kind (little-endian) always had it.
        Array.Reverse(bytes);
        return bytes;
    }

    /// <param name="Payload">Null where it was cleared.</param>
    /// <param name="Version">Counts the writes.</param>
    private sealed record Row(byte[]? Payload, string Version);
}
