namespace PgmCluster.TestSupport;

/// <summary>Tests of category Gpu run where there is one, and are skipped by name elsewhere.</summary>
public static class GpuNeed
{
    /// <summary>Skips the calling test where the GPU is not there.</summary>
    /// <param name="index">Of "cuda:N".</param>
    /// <param name="available">GPUs that libtorch can use.</param>
    public static void Require(int index, int available)
    {
        if (index < available) return;
        var found = available == 0 ? "no GPU that libtorch can use" : $"{available} GPU(s)";
        throw GoldenData.Skipped($"needs cuda:{index}: this machine has {found}");
    }
}
