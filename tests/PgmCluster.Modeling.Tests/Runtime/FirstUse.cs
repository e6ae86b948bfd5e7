using System.Runtime.CompilerServices;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Modeling.Tests.Runtime;

/// <summary>
/// The tests' beginning: libtorch is loaded as runs load it, since a test that began before would see its products change hands. As a
/// process of its own, what somebody does whose first use of this library is a model.
/// </summary>
internal static class FirstUse
{
    public const string Variable = "PGM_TEST_FIRST_USE";

    [ModuleInitializer]
    internal static void Begin()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            NativeRuntime.Load();
            return;
        }
        using var layer = new LinearLayer(4, 4);
        Console.WriteLine(Float32Products.AreByOneDnn);
        Environment.Exit(0);
    }
}
