using System.Globalization;
using System.Text;
using System.Text.Json;
using Orleans.Storage;
using PgmCluster.Silo.Storage.Json;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Writes grain state into the rows of the framework's ADO.NET provider, by the same statements and keys, which are part of the stored
/// form: the provider itself opens a connection and commits a transaction for each write.
/// </summary>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
/// <param name="statements">Key to text, as the provider reads them.</param>
/// <param name="writers">Of this process.</param>
internal sealed class GrainStateRows(string stateId, IReadOnlyDictionary<string, string> statements, WriterQueue writers)
{
    private readonly string _write = statements["WriteToStorageKey"];
    private readonly ExactKeyHasher _hasher = new();

    /// <exception cref="InconsistentStateException">Somebody else has written it since it was read.</exception>
    public async Task Write<T>(string stateName, GrainId grainId, IGrainState<T> state)
    {
        var etag = state.ETag;
        var key = KeyOf(grainId);
        var hasher = _hasher.PickHasher(stateId, "", stateName, grainId, state);
        (string, object)[] parameters =
        [
            ("@ServiceId", stateId),
            ("@GrainTypeString", stateName),
            ("@GrainTypeHash", hasher.Hash(Encoding.UTF8.GetBytes(stateName))),
            ("@GrainIdHash", hasher.Hash(key.HashBytes)),
            ("@GrainIdN0", key.N0),
            ("@GrainIdN1", key.N1),
            ("@GrainIdExtensionString", (object?)key.Text ?? DBNull.Value),
            ("@GrainStateVersion", string.IsNullOrWhiteSpace(etag) ? DBNull.Value : int.Parse(etag, CultureInfo.InvariantCulture)),
            ("@PayloadBinary", JsonSerializer.SerializeToUtf8Bytes(state.State, JsonGrainStateSerializer.Options)),
        ];
        state.ETag = await writers.Write(async transaction =>
        {
            var version = Convert.ToString(await transaction.Ask(_write, parameters), CultureInfo.InvariantCulture);
            return string.IsNullOrEmpty(version) || version == etag
                ? throw new InconsistentStateException(
                    $"Writing the state '{stateName}' of {grainId}: somebody else has written it after version {etag ?? "0"}. "
                    + "It is to be read again.")
                : version;
        });
        state.RecordExists = true;
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
}
