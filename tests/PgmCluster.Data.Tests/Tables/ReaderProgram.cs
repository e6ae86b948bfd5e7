using System.Runtime.CompilerServices;
using PgmCluster.Data.Tables;

namespace PgmCluster.Data.Tests.Tables;

/// <summary>The tests' own program, as the process that reads tables: what <c>pgm</c> and <c>pgm-silo</c> do at their beginning.</summary>
internal static class ReaderProgram
{
    public static Task<int> Main(string[] arguments) =>
        TableReader.IsAsked(arguments) ? TableReader.RunAsync() : throw new ArgumentException("Run the tests with 'dotnet test'.");

    [ModuleInitializer]
    internal static void Use()
    {
        TableProgram.Other = (
            Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet",
            ["exec", typeof(ReaderProgram).Assembly.Location]);
        // The same on every machine: on a small one, what takes too much is no bad input.
        TableProgram.Memory = TableProgram.MostMemory;
    }
}
