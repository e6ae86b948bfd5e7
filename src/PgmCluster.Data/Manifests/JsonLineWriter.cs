using System.Buffers;
using System.Text.Json;

namespace PgmCluster.Data.Manifests;

/// <summary>Writes lines of JSON, all by one buffer: large ones would each leave one behind.</summary>
/// <param name="stream">Where to; not disposed.</param>
/// <param name="options">How values are written.</param>
internal sealed class JsonLineWriter(Stream stream, JsonSerializerOptions options) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private Utf8JsonWriter? _json;

    /// <summary>Bytes that were written.</summary>
    public long Position { get; private set; }

    public void Write<T>(T value)
    {
        _line.ResetWrittenCount();
        if (_json is null) _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = options.Encoder });
        else _json.Reset();
        JsonSerializer.Serialize(_json, value, options);
        _json.Flush();
        _line.Write("\n"u8);
        stream.Write(_line.WrittenSpan);
        Position += _line.WrittenCount;
    }

    public void Dispose() => _json?.Dispose();
}
