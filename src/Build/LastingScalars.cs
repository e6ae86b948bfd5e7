using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Mono.Cecil;
using Mono.Cecil.Cil;

/// <summary>
/// Copies TorchSharp.dll with a Scalar that outlives the call it is made for.
///
/// "tensor * 2" makes a Scalar, takes its native address and calls libtorch; from then on nothing refers to the Scalar, so a garbage
/// collection on another thread can have it finalized, and its native memory freed, while libtorch still reads it (seen as exponents
/// of another type and failed assertions under load). Most such scalars are made inside TorchSharp, so no care of the caller helps.
/// In the copy the finalizer frees nothing the first time: it asks to be called again, which happens at a later collection that
/// also examines the older objects. The package cache is never touched.
/// </summary>
public class LastingScalars : Microsoft.Build.Utilities.Task
{
    private const string Seen = "_finalizerSeen";

    [Required] public string Source { get; set; }
    [Required] public string Destination { get; set; }

    /// <summary>Mono.Cecil.dll; the build engine does not know where this task's library is.</summary>
    [Required] public string Cecil { get; set; }

    public override bool Execute()
    {
        var original = new FileInfo(Source);
        var copy = new FileInfo(Destination);
        if (copy.Exists && copy.LastWriteTimeUtc >= original.LastWriteTimeUtc) return true;
        AppDomain.CurrentDomain.AssemblyResolve += LoadCecil;
        try
        {
            return Rewrite();
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= LoadCecil;
        }
    }

    private Assembly LoadCecil(object sender, ResolveEventArgs wanted) =>
        new AssemblyName(wanted.Name).Name == "Mono.Cecil" ? Assembly.LoadFrom(Cecil) : null;

    private bool Rewrite()
    {
        using (var module = ModuleDefinition.ReadModule(Source))
        {
            var scalar = module.GetType("TorchSharp.Scalar");
            var finalizer = scalar == null ? null : scalar.Methods.FirstOrDefault(m => m.Name == "Finalize" && m.HasBody);
            if (finalizer == null)
            {
                Log.LogError("Preparing TorchSharp.dll: {0} has no class Scalar with a finalizer. This TorchSharp version needs a new look at src/Build/LastingScalars.cs.", Source);
                return false;
            }
            var seen = new FieldDefinition(Seen, Mono.Cecil.FieldAttributes.Private, module.TypeSystem.Boolean);
            scalar.Fields.Add(seen);
            var again = new MethodReference("ReRegisterForFinalize", module.TypeSystem.Void, new TypeReference("System", "GC", module, module.TypeSystem.CoreLibrary));
            again.Parameters.Add(new ParameterDefinition(module.TypeSystem.Object));

            var code = finalizer.Body.GetILProcessor();
            var body = finalizer.Body.Instructions[0];
            foreach (var instruction in new[]
            {
                code.Create(OpCodes.Ldarg_0), code.Create(OpCodes.Ldfld, seen), code.Create(OpCodes.Brtrue, body),
                code.Create(OpCodes.Ldarg_0), code.Create(OpCodes.Ldc_I4_1), code.Create(OpCodes.Stfld, seen),
                code.Create(OpCodes.Ldarg_0), code.Create(OpCodes.Call, again), code.Create(OpCodes.Ret),
            })
            {
                code.InsertBefore(body, instruction);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(Destination));
            var temporary = Destination + ".new";
            module.Write(temporary);
            File.Delete(Destination);
            File.Move(temporary, Destination);
        }
        return true;
    }
}
