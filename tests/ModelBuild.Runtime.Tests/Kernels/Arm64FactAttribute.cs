using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>A test that needs the emulator of Arm64, and says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Arm64FactAttribute : FactAttribute
{
    public Arm64FactAttribute()
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            Skip = "This is an Arm64 processor: the tier tests run its kernels without an emulator.";
        }
        else if (Arm64Emulator.Find() is null)
        {
            Skip = "There is no qemu-aarch64 with an Arm64 C library (Debian: qemu-user, libc6-arm64-cross, libstdc++6-arm64-cross, "
                + "libgcc-s1-arm64-cross), neither installed nor fetched by tests/eng/fetch-qemu.sh.";
        }
    }
}
