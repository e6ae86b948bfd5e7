using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PgmCluster.Data.Safetensors;

/// <summary>
/// Writes a safetensors file: tensors in the order they were added, metadata keys sorted, the header padded to 8 bytes. The bytes
/// depend on nothing but what was added, so equal content has an equal hash.
/// </summary>
public sealed class SafetensorsWriter
{
    // Readable by every JSON parser; the default would write non-ASCII tensor names as escapes.
    private static readonly JsonWriterOptions HeaderStyle = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Name, TensorType Type, long[] Shape, long Length, Action<Stream> Write)> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };

    /// <summary>The header's <c>__metadata__</c>, left out while empty.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a tensor whose bytes are asked for when it is written, and not kept.</summary>
    /// <param name="name">Unique within the file.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="shape">The sizes, outermost first; empty for a scalar.</param>
    /// <param name="data">Gives the elements, row-major and little-endian, exactly as many as <paramref name="shape"/> says.</param>
    public void Add(string name, TensorType type, ReadOnlySpan<long> shape, Func<ReadOnlyMemory<byte>> data) =>
        Add(name, type, shape, stream => stream.Write(data().Span));

    /// <summary>Adds a tensor that writes itself, in as many parts as it likes: the way for one of 2 GB or more.</summary>
    /// <param name="name">Unique within the file.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="shape">The sizes, outermost first; empty for a scalar.</param>
    /// <param name="write">Writes the elements, row-major and little-endian, exactly as many as <paramref name="shape"/> says.</param>
    /// <exception cref="ArgumentException">The name is taken, or a size is negative.</exception>
    public void Add(string name, TensorType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        if (!_names.Add(name)) throw new ArgumentException($"There is already a tensor '{name}', or the name is reserved.", nameof(name));
        var length = (long)type.SizeInBytes();
        foreach (var size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            length = checked(length * size);
        }
        _tensors.Add((name, type, shape.ToArray(), length, write));
    }

    /// <summary>Adds a tensor from values in memory.</summary>
    /// <typeparam name="T">bool, a float of 2, 4 or 8 bytes, or an integer; the tensor's type follows from it.</typeparam>
    /// <param name="name">Unique within the file.</param>
    /// <param name="shape">The sizes, outermost first; empty for a scalar.</param>
    /// <param name="values">Row-major, not to be changed before the file is written.</param>
    public void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values) where T : unmanaged =>
        Add(name, TypeOf<T>(), shape, stream =>
        {
            const int PerWrite = 1 << 24;
            for (var first = 0; first < values.Length; first += PerWrite)
                stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(first, Math.Min(PerWrite, values.Length - first))));
        });

    /// <summary>Writes the whole file from the stream's position on; the stream need not seek. May be called again.</summary>
    /// <exception cref="InvalidOperationException">A tensor gave more or fewer bytes than its shape says.</exception>
    public void WriteTo(Stream stream)
    {
        stream.Write(Header());
        foreach (var (name, _, _, length, write) in _tensors)
        {
            var bounded = new ExactLengthStream(stream, length, name);
            write(bounded);
            bounded.CheckComplete();
        }
    }

    private byte[] Header()
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, HeaderStyle))
        {
            writer.WriteStartObject();
            if (Metadata.Count > 0)
            {
                writer.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in Metadata) writer.WriteString(key, value);
                writer.WriteEndObject();
            }
            var offset = 0L;
            foreach (var (name, type, shape, length, _) in _tensors)
            {
                writer.WriteStartObject(name);
                writer.WriteString("dtype", type.SafetensorsName());
                writer.WriteStartArray("shape");
                foreach (var size in shape) writer.WriteNumberValue(size);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(checked(offset += length));
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }

        var padded = (json.WrittenCount + 7) / 8 * 8;
        var header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static TensorType TypeOf<T>() => default(T) switch
    {
        bool => TensorType.Bool,
        byte => TensorType.U8,
        sbyte => TensorType.I8,
        short => TensorType.I16,
        ushort => TensorType.U16,
        int => TensorType.I32,
        uint => TensorType.U32,
        long => TensorType.I64,
        ulong => TensorType.U64,
        Half => TensorType.F16,
        float => TensorType.F32,
        double => TensorType.F64,
        _ => throw new ArgumentException($"{typeof(T).Name} is no element type of safetensors files."),
    };
}
