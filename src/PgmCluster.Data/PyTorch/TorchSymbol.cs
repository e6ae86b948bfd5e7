namespace PgmCluster.Data.PyTorch;

/// <summary>A value of PyTorch that stands for nothing but its name: a dtype such as "torch.float32", a device such as "cuda:0".</summary>
public sealed record TorchSymbol(string Name)
{
    public override string ToString() => Name;
}
