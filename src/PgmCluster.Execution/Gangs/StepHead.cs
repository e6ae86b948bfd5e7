using System.Text;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>The small part of what a member contributes to a step.</summary>
internal sealed record StepHead
{
    /// <summary>The member goes after this step.</summary>
    public bool Leaving { get; init; }

    /// <summary>The owner wants the gang to form again after this step.</summary>
    public bool ChangeWanted { get; init; }

    /// <summary>Digest of the weights before the step; 0 where none was due.</summary>
    public ulong Digest { get; init; }

    /// <summary>Losses of the member's micro-batches.</summary>
    public double[] Losses { get; init; } = [];

    /// <summary>What the micro-batches put aside, as <see cref="Pack"/> writes it; null where nothing.</summary>
    public byte[]?[] Auxiliaries { get; init; } = [];

    public byte[] Write()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(Leaving);
        writer.Write(ChangeWanted);
        writer.Write(Digest);
        writer.Write(Losses.Length);
        foreach (var loss in Losses) writer.Write(loss);
        foreach (var auxiliary in Auxiliaries)
        {
            writer.Write(auxiliary?.Length ?? -1);
            if (auxiliary is not null) writer.Write(auxiliary);
        }
        return memory.ToArray();
    }

    public static StepHead Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var (leaving, change, digest, count) = (reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadUInt64(), reader.ReadInt32());
        var losses = new double[count];
        for (var i = 0; i < count; i++) losses[i] = reader.ReadDouble();
        var auxiliaries = new byte[]?[count];
        for (var i = 0; i < count; i++)
        {
            var length = reader.ReadInt32();
            auxiliaries[i] = length < 0 ? null : reader.ReadBytes(length);
        }
        return new StepHead { Leaving = leaving, ChangeWanted = change, Digest = digest, Losses = losses, Auxiliaries = auxiliaries };
    }

    /// <summary>A tensor as bytes: type, shape, elements.</summary>
    public static byte[] Pack(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = HostRead.Copy(tensor);
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write((byte)flat.dtype);
        writer.Write(flat.shape.Length);
        foreach (var size in flat.shape) writer.Write(size);
        writer.Write(flat.bytes);
        return memory.ToArray();
    }

    /// <summary>Reverse of <see cref="Pack"/>.</summary>
    public static Tensor Unpack(byte[] bytes, Device device)
    {
        using var scope = NewDisposeScope();
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var type = (ScalarType)reader.ReadByte();
        var shape = new long[reader.ReadInt32()];
        for (var i = 0; i < shape.Length; i++) shape[i] = reader.ReadInt64();
        var tensor = empty(shape, dtype: type, device: CPU);
        tensor.bytes = bytes.AsSpan((int)reader.BaseStream.Position);
        return tensor.to(device).MoveToOuterDisposeScope();
    }
}
