using System.Buffers.Binary;
using System.Numerics;
using PgmCluster.Data.Pickles;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// Reads a pickle into plain values: null, bool, long, BigInteger, double, string, byte[], tuples (<c>object?[]</c>), lists
/// (<c>List&lt;object?&gt;</c>), <see cref="PickleDictionary"/>, and what <see cref="PickleGlobals"/> makes. It understands the binary opcodes of
/// protocols 1 to 5 (https://docs.python.org/3/library/pickletools.html). Nothing is ever called that is not on that list: any other object is
/// an <see cref="OpaqueValue"/>, its name.
/// </summary>
internal sealed class Unpickler
{
    private const int LongestName = 200, LongestInteger = 255;

    /// <summary>Bytes of a tuple or list without its items, and of the notes that <see cref="PickleTree"/> takes of it.</summary>
    private const int ContainerCost = 200;

    private readonly FileCursor _source;
    private readonly ReadBudget _budget;
    private readonly Func<object?[], object> _loadPersistent;
    private readonly PickleStrings _strings;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _highest;

    private Unpickler(FileCursor source, ReadBudget budget, Func<object?[], object> loadPersistent, long placedFrom) =>
        (_source, _budget, _loadPersistent, _strings) = (source, budget, loadPersistent, new PickleStrings(source, budget, placedFrom));

    /// <summary>Reads one pickle, up to and with its STOP.</summary>
    /// <param name="source">Ends behind the pickle, or later.</param>
    /// <param name="budget">What the values may take.</param>
    /// <param name="loadPersistent">Makes the object of a persistent id.</param>
    /// <param name="placedFrom">Bytes of so many or more are not read but kept as <see cref="PlacedBytes"/>.</param>
    /// <exception cref="FormatException">It is broken; the reason, without the file's name.</exception>
    /// <exception cref="PickleRefusedException">It asks for something that is not on the list.</exception>
    public static object? Read(
        FileCursor source, ReadBudget budget, Func<object?[], object> loadPersistent, long placedFrom = long.MaxValue)
    {
        var root = new Unpickler(source, budget, loadPersistent, placedFrom).Run();
        PickleTree.Check(root);
        return root;
    }

    private object? Run()
    {
        while (true)
        {
            var at = _source.Position;
            var code = _source.ReadByte();
            switch ((char)code)
            {
                case '.':
                    if (_stack.Count != 1 || _marks.Count != 0) throw new FormatException($"the pickle ends at byte {at} with {_stack.Count} values instead of one");
                    return _stack[0];
                case '\x80': // PROTO
                    if (_source.ReadByte() is var version and > 5) throw new FormatException($"the pickle has protocol {version}; up to 5 are read");
                    break;
                case '\x95': // FRAME: a hint for reading ahead
                    if (_source.ReadUInt64() > (ulong)_source.Remaining) throw new FormatException($"a frame at byte {at} is longer than the file");
                    break;
                case 'N': Push(null); break;
                case '\x88': Push(true); break;
                case '\x89': Push(false); break;
                case 'K': PushNumber(_source.ReadByte()); break;
                case 'M': PushNumber(_source.ReadUInt16()); break;
                case 'J': PushNumber((int)_source.ReadUInt32()); break;
                case '\x8a': PushInteger(_source.ReadByte()); break;
                case '\x8b': PushInteger(_source.ReadUInt32()); break;
                case 'G': PushNumber(BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(_source.ReadUInt64()))); break;
                case 'X': Push(_strings.Text(_source.ReadUInt32())); break;
                case '\x8c': Push(_strings.Text(_source.ReadByte())); break;
                case '\x8d': Push(_strings.Text(_source.ReadUInt64())); break;
                case 'U': Push(_strings.Either(_source.ReadByte())); break;
                case 'T': Push(_strings.Either(_source.ReadUInt32())); break;
                case 'C': Push(_strings.Bytes(_source.ReadByte())); break;
                case 'B': Push(_strings.Bytes(_source.ReadUInt32())); break;
                case '\x8e' or '\x96': Push(_strings.Bytes(_source.ReadUInt64())); break;
                case '(': _budget.Charge(16); _marks.Add(_stack.Count); break;
                case '0': Pop(); break;
                case '1': PopToMark(); break;
                case '2': Push(Peek()); break;
                case ')': Push(Array.Empty<object?>()); break;
                case '\x85': Push(NewTuple(_stack.Count - 1)); break;
                case '\x86': Push(NewTuple(_stack.Count - 2)); break;
                case '\x87': Push(NewTuple(_stack.Count - 3)); break;
                case 't': Push(PopToMark()); break;
                case ']': Push(NewList()); break;
                case 'l': Push(NewList(PopToMark())); break;
                case 'a': Append(1); break;
                case 'e': Append(PopToMark()); break;
                case '}': Push(PickleGlobals.NewDictionary(_budget, isOrderedDict: false)); break;
                case 'd': SetItems(PickleGlobals.NewDictionary(_budget, isOrderedDict: false), PopToMark(), push: true); break;
                case 's': SetItems(null, NewTuple(_stack.Count - 2), push: false); break;
                case 'u': SetItems(null, PopToMark(), push: false); break;
                case 'h': Get(_source.ReadByte()); break;
                case 'j': Get(_source.ReadUInt32()); break;
                case 'q': Put(_source.ReadByte()); break;
                case 'r': Put(_source.ReadUInt32()); break;
                case '\x94': Put(_memo.Count); break;
                case 'c': PushGlobal(ReadLine(), ReadLine()); break;
                case '\x93': StackGlobal(); break;
                case 'R' or '\x81': Reduce(); break; // a class is called by NEWOBJ as a function is by REDUCE
                case '\x92': Pop(); Reduce(); break; // NEWOBJ_EX: what is named beside the arguments has no meaning here
                case '\x8f': Push(PickleGlobals.Named("set", _budget)); break;
                case '\x91': PopToMark(); Push(PickleGlobals.Named("frozenset", _budget)); break;
                case '\x90': Append(PopToMark()); break;
                case 'b': Build(); break;
                case 'Q':
                    Push(_loadPersistent(Pop() as object?[] ?? throw new FormatException($"the persistent id at byte {at} is no tuple")));
                    break;
                default:
                    throw new FormatException($"byte {at} is 0x{code:x2}, no instruction of a pickle that holds a checkpoint");
            }
        }
    }

    private void Push(object? value)
    {
        // The list doubles as it grows, so a place costs up to four times its own size, once.
        if (_stack.Count == _highest)
        {
            _budget.Charge(32);
            _highest++;
        }
        _stack.Add(value);
    }

    private void PushNumber(long value)
    {
        _budget.Charge(24);
        Push(value);
    }

    private void PushNumber(double value)
    {
        _budget.Charge(24);
        Push(value);
    }

    private void PushInteger(uint length)
    {
        if (length > LongestInteger) throw new FormatException($"an integer of {length} bytes is longer than {LongestInteger}");
        Span<byte> bytes = stackalloc byte[(int)length];
        _source.Read(bytes);
        _budget.Charge(64 + length);
        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue) Push((long)value);
        else Push(value);
    }

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Peek()
    {
        if (_stack.Count <= Floor) throw new FormatException($"an instruction before byte {_source.Position} finds no value");
        return _stack[^1];
    }

    /// <summary>Values below the innermost mark are out of reach.</summary>
    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw new FormatException($"an instruction before byte {_source.Position} finds no mark");
        var from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return NewTuple(from);
    }

    private object?[] NewTuple(int from)
    {
        if (from < Floor) throw new FormatException($"an instruction before byte {_source.Position} finds too few values");
        var count = _stack.Count - from;
        _budget.Charge(ContainerCost + 8 * count);
        var items = new object?[count];
        _stack.CopyTo(from, items, 0, count);
        _stack.RemoveRange(from, count);
        return items;
    }

    private List<object?> NewList(params ReadOnlySpan<object?> items)
    {
        _budget.Charge(ContainerCost + 8 * items.Length);
        return [.. items];
    }

    private void Append(int count) => Append(NewTuple(_stack.Count - count));

    private void Append(object?[] items)
    {
        // What is put into a set, or a class derived from list, has no meaning here.
        if (Peek() is OpaqueValue) return;
        if (Peek() is not List<object?> list) throw new FormatException($"the instruction before byte {_source.Position} appends to something else than a list");
        _budget.Charge(24 * items.Length);
        list.AddRange(items);
    }

    private void SetItems(PickleDictionary? dictionary, object?[] items, bool push)
    {
        dictionary ??= (Peek() is OpaqueValue opaque ? opaque.Items ??= PickleGlobals.NewDictionary(_budget, isOrderedDict: false) : Peek() as PickleDictionary) ?? throw new FormatException($"the instruction before byte {_source.Position} sets a key of something else than a dictionary");
        if (items.Length % 2 != 0) throw new FormatException($"a key before byte {_source.Position} has no value");
        for (var i = 0; i < items.Length; i += 2) PickleKeys.Set(dictionary, items[i], items[i + 1], _budget);
        if (push) Push(dictionary);
    }

    private void Get(long index) =>
        Push(_memo.TryGetValue(index, out var value) ? value : throw new FormatException($"value {index} is recalled before byte {_source.Position}, but was never kept"));

    private void Put(long index)
    {
        _budget.Charge(96);
        _memo[index] = Peek();
    }

    private void StackGlobal()
    {
        if ((Pop(), Pop()) is not (string name, string module)) throw new FormatException($"a global before byte {_source.Position} has no name");
        PushGlobal(module, name);
    }

    private void PushGlobal(string module, string name)
    {
        _budget.Charge(64);
        Push((object?)PickleGlobals.ElementType(module, name) ?? PickleGlobals.Find(module, name, _budget));
    }

    private void Reduce()
    {
        if (Pop() is not object?[] arguments) throw new FormatException($"a call before byte {_source.Position} has no arguments");
        Push(PickleGlobals.Call(Pop(), arguments, _budget));
    }

    private void Build()
    {
        switch (Pop(), Peek())
        {
            // State dicts carry the versions of their modules (_metadata), which are of no use here.
            case (PickleDictionary, PickleDictionary { IsOrderedDict: true }): break;
            case (object?[] and [long, string order, ..], PickleGlobals.NumpyType type): type.IsBigEndian = order == ">"; break;
            case (PickleDictionary attributes, OpaqueValue made): made.Attributes = attributes; break;
            case (object?[] and [PickleDictionary attributes, ..], OpaqueValue made): made.Attributes = attributes; break;
            // Other states (bytes, texts) belong to classes that have no meaning here.
            case (object?[] state, OpaqueValue made): made.State = state; break;
            case (_, OpaqueValue): break;
            default: throw new FormatException($"the instruction before byte {_source.Position} sets the state of something that has none");
        }
    }

    private string ReadLine()
    {
        Span<char> text = stackalloc char[LongestName];
        var length = 0;
        while (_source.ReadByte() is var value && value != '\n')
        {
            if (value is < 32 or > 126 || length == LongestName) throw new FormatException($"the name of a global before byte {_source.Position} is no name");
            text[length++] = (char)value;
        }
        _budget.Charge(96 + 2 * length);
        return new string(text[..length]);
    }
}
