using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Mono.Cecil;
using Mono.Cecil.Cil;

/// <summary>
/// Copies TorchSharp.dll with the owners of native memory kept alive for as long as libtorch reads it.
///
/// "tensor * 2" makes a Scalar, takes its native address and calls libtorch; from then on nothing refers to the Scalar, so a garbage
/// collection on another thread can have it finalized, and its native memory freed, while libtorch still reads it (seen as exponents of
/// another type and failed assertions under load). The same goes for a tensor in no dispose scope: "(a + b).sum()" can end the process.
/// Most such owners are made inside TorchSharp, so no care of the caller helps.
///
/// In the copy every method keeps alive until it returns (GC.KeepAlive, which costs no instruction): its parameters of type Scalar; what
/// it takes a native handle of; and arrays and lists of tensors that it passes on to libtorch. The one method whose handles are used only
/// after it has returned, which collects the arguments of a TorchScript call, leaves their owners with the object that holds the arguments.
/// The package cache is never touched.
/// </summary>
public class KeptHandles : Microsoft.Build.Utilities.Task
{
    private const string Scalar = "TorchSharp.Scalar", Holder = "TorchSharp.NativeTensorOrScalarIndexedArray";
    private static readonly HashSet<string> Owners = new HashSet<string> { Scalar, "TorchSharp.torch/Tensor",
        "TorchSharp.torch/Generator" };
    private static readonly string[] Elements = { "TorchSharp.torch/Tensor", "TorchSharp.torch/TensorIndex", "System.Object" };

    private MethodReference _keepAlive;
    private FieldDefinition _kept;

    [Required] public string Source { get; set; }

    /// <summary>Names source and task by its path, so what is there is right.</summary>
    [Required] public string Destination { get; set; }

    /// <summary>Mono.Cecil.dll; the build engine does not know where this task's library is.</summary>
    [Required] public string Cecil { get; set; }

    /// <summary>What the copy says that it is.</summary>
    [Required] public string Version { get; set; }

    public override bool Execute()
    {
        if (File.Exists(Destination)) return true;
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
            var holder = module.GetType(Holder);
            if (holder == null || Owners.Any(o => module.GetType(o) == null))
            {
                Log.LogError(
                    "Preparing TorchSharp.dll: {0} lacks one of the classes {1}, {2}. "
                    + "This TorchSharp version needs a new look at src/Build/KeptHandles.cs.", Source, Holder, string.Join(", ", Owners));
                return false;
            }
            _keepAlive = new MethodReference(
                "KeepAlive", module.TypeSystem.Void, new TypeReference("System", "GC", module, module.TypeSystem.CoreLibrary));
            _keepAlive.Parameters.Add(new ParameterDefinition(module.TypeSystem.Object));
            _kept = new FieldDefinition("_kept", Mono.Cecil.FieldAttributes.Assembly, module.TypeSystem.Object);
            holder.Fields.Add(_kept);
            foreach (var method in All(module.Types).SelectMany(t => t.Methods).Where(m => m.HasBody).ToList()) Keep(method);
            if (!LeaveLoadedLibtorch(module)) return false;
            NameVersion(module);

            Directory.CreateDirectory(Path.GetDirectoryName(Destination));
            var temporary = Destination + "." + System.Diagnostics.Process.GetCurrentProcess().Id + ".tmp";
            module.Write(temporary);
            if (File.Exists(Destination)) File.Delete(Destination);
            File.Move(temporary, Destination);
        }
        return true;
    }

    /// <summary>
    /// TorchSharp loads the libtorch beside it as soon as its first class is touched, a second one where the program has loaded another
    /// (PGM_LIBTORCH), which ends the process. The copy loads none where the program says so beforehand.
    /// </summary>
    private bool LeaveLoadedLibtorch(ModuleDefinition module)
    {
        var load = module.GetType("TorchSharp.torch").Methods.SingleOrDefault(
            m => m.Name == "LoadNativeBackend" && m.Parameters.Count == 2);
        if (load == null)
        {
            Log.LogError(
                "Preparing TorchSharp.dll: {0} has no LoadNativeBackend(bool, out StringBuilder). "
                + "This TorchSharp version needs a new look at src/Build/KeptHandles.cs.", Source);
            return false;
        }
        var getData = new MethodReference(
            "GetData", module.TypeSystem.Object, new TypeReference("System", "AppContext", module, module.TypeSystem.CoreLibrary));
        getData.Parameters.Add(new ParameterDefinition(module.TypeSystem.String));
        var code = load.Body.GetILProcessor();
        var first = load.Body.Instructions[0];
        foreach (var instruction in new[]
        {
            code.Create(OpCodes.Ldarg, load.Parameters[1]), code.Create(OpCodes.Ldnull), code.Create(OpCodes.Stind_Ref),
            code.Create(OpCodes.Ldstr, "PgmCluster.LibtorchIsLoaded"), code.Create(OpCodes.Call, getData),
            code.Create(OpCodes.Brfalse, first), code.Create(OpCodes.Ret),
        })
        {
            code.InsertBefore(first, instruction);
        }
        return true;
    }

    private static IEnumerable<TypeDefinition> All(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(t => new[] { t }.Concat(All(t.NestedTypes)));

    private void Keep(MethodDefinition method)
    {
        var body = method.Body;
        var handles = body.Instructions.Where(
            i => i.Operand is MethodReference m && m.Name == "get_Handle" && Owners.Contains(m.DeclaringType.FullName)).ToList();
        var passesOn = handles.Count > 0 || body.Instructions.Any(i => i.Operand is MethodReference m
            && (m.DeclaringType.FullName == "TorchSharp.PInvoke.NativeMethods" || m.DeclaringType.FullName == "TorchSharp.OverloadHelper"));
        var arguments = new HashSet<ParameterDefinition>(handles.Select(i => Argument(method, i.Previous)).Where(p => p != null));
        foreach (var parameter in method.Parameters)
        {
            var type = parameter.ParameterType;
            if (type.FullName == Scalar || (passesOn && (Owners.Contains(type.FullName) || HoldsOwners(type)))) arguments.Add(parameter);
        }
        if (method.HasThis && Owners.Contains(method.DeclaringType.FullName) && (passesOn || ReadsOwnHandle(method))
            && method.Name != "get_Handle")
            arguments.Add(body.ThisParameter);
        var kept = arguments.Select(p => (Func<ILProcessor, Instruction>)(il => il.Create(OpCodes.Ldarg, p))).ToList();
        var others = handles.Where(i => Argument(method, i.Previous) == null).ToList();
        if (kept.Count == 0 && others.Count == 0) return;

        LengthenBranches(body);
        var code = body.GetILProcessor();
        foreach (var call in others)
        {
            var owner = new VariableDefinition(((MethodReference)call.Operand).DeclaringType);
            body.Variables.Add(owner);
            body.InitLocals = true;
            // Branches to the call have to reach what is put before it, so the call's own place becomes the first of it.
            var rest = new List<Instruction> { code.Create(OpCodes.Stloc, owner) };
            var holder = method.Parameters.FirstOrDefault(p => p.ParameterType.FullName == Holder);
            if (holder != null) rest.AddRange(Remember(code, holder, owner));
            rest.Add(code.Create(call.OpCode, (MethodReference)call.Operand));
            Replace(code, call, OpCodes.Dup, null, rest);
            kept.Add(il => il.Create(OpCodes.Ldloc, owner));
        }
        foreach (var end in body.Instructions.Where(i => i.OpCode == OpCodes.Ret).ToList())
        {
            var rest = kept.SelectMany(load => new[] { load(code), code.Create(OpCodes.Call, _keepAlive) }).Concat(
                new[] { code.Create(OpCodes.Ret) }).ToList();
            Replace(code, end, rest[0].OpCode, rest[0].Operand, rest.Skip(1));
        }
    }

    /// <summary>holder._kept = new object[] { owner, holder._kept }</summary>
    private IEnumerable<Instruction> Remember(ILProcessor code, ParameterDefinition holder, VariableDefinition owner) => new[]
    {
        code.Create(OpCodes.Ldarg, holder), code.Create(OpCodes.Ldc_I4_2), code.Create(OpCodes.Newarr, _kept.Module.TypeSystem.Object),
        code.Create(OpCodes.Dup), code.Create(OpCodes.Ldc_I4_0), code.Create(OpCodes.Ldloc, owner), code.Create(OpCodes.Stelem_Ref),
        code.Create(OpCodes.Dup), code.Create(OpCodes.Ldc_I4_1), code.Create(OpCodes.Ldarg, holder), code.Create(OpCodes.Ldfld, _kept),
        code.Create(OpCodes.Stelem_Ref),
        code.Create(OpCodes.Stfld, _kept),
    };

    private static void Replace(ILProcessor code, Instruction at, OpCode opCode, object operand, IEnumerable<Instruction> rest)
    {
        (at.OpCode, at.Operand) = (opCode, operand);
        foreach (var instruction in rest)
        {
            code.InsertAfter(at, instruction);
            at = instruction;
        }
    }

    /// <summary>An array, a list or another collection of tensors or of what may be one.</summary>
    private static bool HoldsOwners(TypeReference type) =>
        type is ArrayType array ? Elements.Contains(array.ElementType.FullName)
        : type is GenericInstanceType generic && !generic.IsValueType && generic.GenericArguments.Any(a => Elements.Contains(a.FullName));

    private static bool ReadsOwnHandle(MethodDefinition method) =>
        method.Body.Instructions.Any(
            i => i.OpCode == OpCodes.Ldfld && i.Operand is FieldReference f && f.Name == "handle"
                && f.DeclaringType.FullName == method.DeclaringType.FullName);

    /// <summary>The parameter that an instruction loads, or null.</summary>
    private static ParameterDefinition Argument(MethodDefinition method, Instruction i)
    {
        if (i.OpCode.Code == Code.Ldarg || i.OpCode.Code == Code.Ldarg_S) return (ParameterDefinition)i.Operand;
        if (i.OpCode.Code < Code.Ldarg_0 || i.OpCode.Code > Code.Ldarg_3) return null;
        var index = i.OpCode.Code - Code.Ldarg_0 - (method.HasThis ? 1 : 0);
        return index < 0 ? method.Body.ThisParameter : method.Parameters[index];
    }

    /// <summary>What is inserted may push a target out of a short branch's reach.</summary>
    private static void LengthenBranches(Mono.Cecil.Cil.MethodBody body)
    {
        foreach (var i in body.Instructions.Where(i => i.OpCode.OperandType == OperandType.ShortInlineBrTarget))
        {
            var name = i.OpCode.Name.Substring(0, i.OpCode.Name.Length - ".s".Length);
            i.OpCode = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)).First(o => o.Name == name);
        }
    }

    private void NameVersion(ModuleDefinition module)
    {
        const string attribute = "System.Reflection.AssemblyInformationalVersionAttribute";
        foreach (var named in module.Assembly.CustomAttributes.Where(a => a.AttributeType.FullName == attribute))
        {
            named.ConstructorArguments.Clear();
            named.ConstructorArguments.Add(new CustomAttributeArgument(module.TypeSystem.String, Version));
        }
    }
}
