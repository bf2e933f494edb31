namespace ModelBuild.Runtime.Kernels;

/// <summary>Registers of up to 512 bits, as a type.</summary>
internal readonly struct UpTo512;
