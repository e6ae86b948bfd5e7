using System.Buffers.Binary;
using System.Text;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch.Writing;

/// <summary>
/// Writes values as a pickle of protocol 2. The only names it uses are those that <c>torch.load(weights_only=True)</c> knows:
/// OrderedDict, _rebuild_tensor_v2 and the storages.
/// </summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _out = new();
    private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);
    private readonly Dictionary<TensorContent, int> _keys = new(ReferenceEqualityComparer.Instance);
    private readonly List<TensorContent> _storages = [];

    /// <summary>
    /// Pickles a tree of null, bool, int, long, double, string, <c>object?[]</c>, <c>List&lt;object?&gt;</c>,
    /// <see cref="PickleDictionary"/> and <see cref="TensorContent"/>.
    /// </summary>
    /// <returns>The pickle, and the storages that it names "0", "1", ... in this order.</returns>
    /// <exception cref="NotSupportedException">Any other value.</exception>
    public static (ReadOnlyMemory<byte> Pickle, IReadOnlyList<TensorContent> Storages) Write(object? root)
    {
        var writer = new PickleWriter();
        writer._out.Write([0x80, 2]);
        writer.Value(root);
        writer.Op('.');
        return (writer._out.GetBuffer().AsMemory(0, (int)writer._out.Length), writer._storages);
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null: Op('N'); break;
            case bool flag: Op(flag ? '\x88' : '\x89'); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case double number: Real(number); break;
            case string text: Text(text); break;
            case object?[] tuple: Tuple(tuple); break;
            case List<object?> list:
                Op(']');
                Op('(');
                foreach (var item in list) Value(item);
                Op('e');
                break;
            case PickleDictionary dictionary: Dictionary(dictionary); break;
            case TensorContent tensor: Tensor(tensor); break;
            default: throw new NotSupportedException($"Writing a PyTorch file: a {value.GetType().Name} has no place in it.");
        }
    }

    private void Dictionary(PickleDictionary dictionary)
    {
        if (dictionary.IsOrderedDict) EmptyOrderedDict();
        else Op('}');
        Op('(');
        foreach (var (key, value) in dictionary)
        {
            Value(key);
            Value(value);
        }
        Op('u');
    }

    private void EmptyOrderedDict()
    {
        Global("collections", "OrderedDict");
        Op(')');
        Op('R');
    }

    private void Tensor(TensorContent tensor)
    {
        if (!_keys.TryGetValue(tensor, out var key))
        {
            _keys.Add(tensor, key = _storages.Count);
            _storages.Add(tensor);
        }
        Global("torch._utils", "_rebuild_tensor_v2");
        Op('(');
        Op('(');
        Text("storage");
        Global("torch", StorageTypes.NameOf(tensor.Type));
        Text(key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Text("cpu");
        Integer(tensor.ElementCount);
        Op('t');
        Op('Q');
        Integer(0);
        Tuple([.. tensor.Shape.Select(size => (object?)size)]);
        Tuple([.. Strides(tensor.Shape).Select(stride => (object?)stride)]);
        Op('\x89'); // requires_grad
        EmptyOrderedDict(); // hooks
        Op('t');
        Op('R');
    }

    private static long[] Strides(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }
        return strides;
    }

    private void Tuple(object?[] items)
    {
        if (items.Length is 0 or > 3)
        {
            if (items.Length > 3) Op('(');
            foreach (var item in items) Value(item);
            Op(items.Length > 3 ? 't' : ')');
            return;
        }
        foreach (var item in items) Value(item);
        Op((char)('\x84' + items.Length));
    }

    private void Integer(long value)
    {
        switch (value)
        {
            case >= 0 and <= byte.MaxValue:
                Op('K');
                _out.WriteByte((byte)value);
                break;
            case >= int.MinValue and <= int.MaxValue:
                Op('J');
                Bytes(4, bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)value));
                break;
            default:
                Op('\x8a');
                _out.WriteByte(8);
                Bytes(8, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes, value));
                break;
        }
    }

    private void Real(double value)
    {
        Op('G');
        Bytes(8, bytes => BinaryPrimitives.WriteDoubleBigEndian(bytes, value));
    }

    private void Text(string text)
    {
        if (Recall(text)) return;
        var utf8 = Encoding.UTF8.GetBytes(text);
        Op('X');
        Bytes(4, bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes, utf8.Length));
        _out.Write(utf8);
        Keep(text);
    }

    private void Global(string module, string name)
    {
        // The line feed keeps names apart from texts that happen to be equal.
        var key = $"{module}\n{name}\n";
        if (Recall("c" + key)) return;
        Op('c');
        _out.Write(Encoding.ASCII.GetBytes(key));
        Keep("c" + key);
    }

    private bool Recall(string what)
    {
        if (!_memo.TryGetValue(what, out var index)) return false;
        Indexed('h', 'j', index);
        return true;
    }

    private void Keep(string what)
    {
        Indexed('q', 'r', _memo.Count);
        _memo.Add(what, _memo.Count);
    }

    private void Indexed(char narrow, char wide, int index)
    {
        if (index <= byte.MaxValue)
        {
            Op(narrow);
            _out.WriteByte((byte)index);
            return;
        }
        Op(wide);
        Bytes(4, bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes, index));
    }

    private void Op(char code) => _out.WriteByte((byte)code);

    private void Bytes(int count, Action<Span<byte>> fill)
    {
        Span<byte> bytes = stackalloc byte[count];
        fill(bytes);
        _out.Write(bytes);
    }
}
