using System.Runtime.CompilerServices;
using TorchSharp;

namespace PgmCluster.Modeling.Tests.Runtime;

/// <summary>The build makes scalars outlive the call they are made for (src/Build/LastingScalars.cs).</summary>
public class ScalarLifetimeTests
{
    [Fact]
    public void Scalar_ThatNobodyHolds_KeepsItsValueThroughACollectionAndIsFreedLater()
    {
        var scalar = Make();
        Collect();
        Assert.Equal(2.5, Value(scalar));
        for (var i = 0; i < 3; i++) Collect();
        Assert.False(scalar.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Make() => new(2.5.ToScalar(), trackResurrection: true);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double? Value(WeakReference scalar) => (scalar.Target as Scalar)?.ToDouble();

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
