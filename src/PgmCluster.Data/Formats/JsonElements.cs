using System.Text.Json;

namespace PgmCluster.Data.Formats;

/// <summary>
/// The elements of arrays in a JSON document of any length whose root is an object: memory is that of the largest element that is wanted,
/// or of the largest one in all. System.Text.Json reads a stream so only where the root is an array.
/// </summary>
/// <param name="stream">UTF-8; read forward.</param>
/// <param name="path">Names it in messages.</param>
/// <param name="wanted">The properties of the root whose elements are given.</param>
internal sealed class JsonElements(Stream stream, string path, IReadOnlySet<string> wanted)
{
    private const int LargestElement = 16 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _filled;
    private bool _isWhole, _isBegun, _isWithin, _isDone;
    private string _property = "";
    private JsonReaderState _state;

    /// <summary>Gives each element with the property that it belongs to.</summary>
    /// <exception cref="BadInputException">It is no such JSON, is cut, or has an element of over 16 MB.</exception>
    public async Task ReadAsync(Action<string, JsonElement> take, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                Parse(take);
            }
            catch (JsonException e)
            {
                throw new BadInputException($"Reading {path}: it is no JSON ({e.Message.Split('.')[0]}). Fetch it anew.", e);
            }
            if (_isDone) return;
            if (_isWhole) throw new BadInputException($"Reading {path}: it ends before its JSON does: it is cut. Fetch it anew.");
            if (_filled == _buffer.Length)
            {
                if (_buffer.Length >= LargestElement)
                    throw new BadInputException($"Reading {path}: it has an element of over {LargestElement >> 20} MB. Check the file.");
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            }
            var got = await stream.ReadAsync(_buffer.AsMemory(_filled), cancellation);
            _isWhole = got == 0;
            _filled += got;
        }
    }

    private void Parse(Action<string, JsonElement> take)
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(0, _filled), isFinalBlock: false, _state);
        while (!_isDone)
        {
            var before = reader;
            if (Step(ref reader, take)) continue;
            reader = before;
            break;
        }
        _state = reader.CurrentState;
        var used = (int)reader.BytesConsumed;
        _buffer.AsSpan(used, _filled - used).CopyTo(_buffer);
        _filled -= used;
    }

    /// <returns>False where what is there does not suffice; then nothing was done.</returns>
    private bool Step(ref Utf8JsonReader reader, Action<string, JsonElement> take)
    {
        if (!reader.Read()) return false;
        if (!_isBegun)
        {
            _isBegun = reader.TokenType == JsonTokenType.StartObject ? true : throw new JsonException("its root is no object");
            return true;
        }
        if (_isWithin)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                _isWithin = false;
                return true;
            }
            if (!wanted.Contains(_property)) return reader.TrySkip();
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return false;
            using (document) take(_property, document.RootElement);
            return true;
        }
        if (reader.TokenType == JsonTokenType.EndObject) return _isDone = true;
        var name = reader.GetString()!;
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.StartArray) (_property, _isWithin) = (name, true);
        return _isWithin || reader.TrySkip();
    }
}
