namespace PgmCluster.Data.Manifests;

/// <summary>Reads the lines of a file as bytes, all into one buffer.</summary>
/// <param name="path">The file.</param>
/// <param name="offset">Where the first line begins.</param>
internal sealed class JsonLineReader(string path, long offset = 0) : IDisposable
{
    private readonly FileStream _file = Open(path, offset);
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;

    /// <summary>The next line, without its end.</summary>
    /// <param name="line">Valid until the next one is asked for.</param>
    /// <returns>False behind the last.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        for (var seen = _start; ;)
        {
            var length = _buffer.AsSpan(seen, _end - seen).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_start, seen + length - _start);
                _start = seen + length + 1;
                return true;
            }
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            seen = _end;
            if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
            var got = _file.Read(_buffer, _end, _buffer.Length - _end);
            _end += got;
            if (got > 0) continue;
            line = _buffer.AsSpan(0, _end);
            (_start, _end) = (0, 0);
            return line.Length > 0;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, long offset)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.Position = offset;
        return file;
    }
}
