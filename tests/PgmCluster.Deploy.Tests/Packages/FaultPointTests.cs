using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>Where tests have things go wrong, published programs have nothing.</summary>
public sealed class FaultPointTests : IDisposable
{
    private const byte Call = 0x28;

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-faults-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task FaultPoints_AreInWhatIsBuilt_AndNotInWhatIsPublished()
    {
        Assert.InRange(Calls(Path.Combine(AppContext.BaseDirectory, "PgmCluster.Execution.dll")), 5, 100);

        // As "dotnet publish" compiles it, from the libraries that are there.
        await PublishAsync("src/PgmCluster.Execution");

        Assert.Equal(0, Calls(Path.Combine(_directory, "obj", "PgmCluster.Execution.dll")));
    }

    /// <summary>How often an assembly calls a fault point.</summary>
    private static int Calls(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var faultPoint = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Single(
            t => metadata.GetString(t.Name) == "FaultPoint");
        var reached = faultPoint.GetMethods().Single(m => metadata.GetString(metadata.GetMethodDefinition(m).Name) == "Reached");
        byte[] call = [Call, .. BitConverter.GetBytes(MetadataTokens.GetToken(reached))];
        return metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(m => m.RelativeVirtualAddress != 0)
            .Select(m => file.GetMethodBody(m.RelativeVirtualAddress).GetILBytes()!).Sum(il => Count(il, call));
    }

    private static int Count(ReadOnlySpan<byte> il, ReadOnlySpan<byte> sought)
    {
        var count = 0;
        for (int at; (at = il.IndexOf(sought)) >= 0; il = il[(at + sought.Length)..]) count++;
        return count;
    }

    private Task<string> PublishAsync(string project) => Dotnet.RunAsync(
        RepositoryRoot.Path, "msbuild", project, "-t:Compile", "-nologo", "-v:q", $"-p:Configuration={Dotnet.Configuration}",
        "-p:_IsPublishing=true", "-p:BuildProjectReferences=false", "-p:ProduceReferenceAssembly=false",
        $"-p:IntermediateOutputPath={_directory}/obj/");
}
