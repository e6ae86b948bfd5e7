using PgmCluster.Data;
using PgmCluster.Execution.Gangs.Nccl;

namespace PgmCluster.Execution.Doctor;

/// <summary>NCCL as training that exchanges gradients by it would load it.</summary>
public static class NcclFinding
{
    private const string Subject = "NCCL";

    /// <summary>Loads it and looks for the functions that are called; to be asked only where libtorch has its CUDA part loaded.</summary>
    public static Finding Look()
    {
        try
        {
            return Finding.Ok(Subject, $"{NcclLibrary.For("cuda:0").Version}, with all functions that are called");
        }
        catch (BadInputException e)
        {
            return Finding.Warning(
                Subject, e.Message.Split(". ")[0],
                "Only training.exchange=exact-nccl and nccl need it: install NCCL 2.14 or later (package libnccl2) for that.");
        }
    }
}
